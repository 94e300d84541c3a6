import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../scripts/soak-hostile.ts', import.meta.url));

it('a node with workers survives hostile bodies and records', { timeout: 240_000 }, async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=aivm-source', SCRIPT, '--bodies', '32'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  child.stdout.on('data', (data) => {
    text += String(data);
  });
  child.stderr.on('data', (data) => {
    text += String(data);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, text).toBe(0);
  expect(text).toContain('"honest":"completed"');
});
