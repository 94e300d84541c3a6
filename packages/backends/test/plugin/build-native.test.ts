import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the build without any compiler succeeds, says what is missing, and leaves nothing', () => {
  const directory = mkdtempSync(join(tmpdir(), 'aivm-no-compiler-'));
  const script = fileURLToPath(new URL('../../scripts/build-native.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script, '--out', join(directory, 'build')], {
    encoding: 'utf8',
    env: { PATH: directory, CUDA_HOME: directory },
  });
  expect(status).toBe(0);
  expect(stdout.trim().split('\n')).toEqual([
    'cpu: no C compiler, not built',
    'network: no C compiler, not built',
    'cuda: no nvcc (nvcc), not built',
    'hip: no hipcc (hipcc), not built',
  ]);
  expect(existsSync(join(directory, 'build'))).toBe(false);
  rmSync(directory, { recursive: true });
});
