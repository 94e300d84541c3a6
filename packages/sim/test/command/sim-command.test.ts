import { describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/src/run-cli.ts';
import { lastJsonLine, startCli } from '../../../cli/test/spawn-cli.ts';

/** A run is a second or two of one core; a busy machine takes its time. */
const TIMEOUT_MS = 240_000;

async function run(args: readonly string[], signal = new AbortController().signal) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[name] += text;
    },
  });
  const sinks = { stdout: sink('stdout'), stderr: sink('stderr') };
  return { code: await runCli(['sim', ...args], { ...sinks, env: {}, signal }), ...written };
}

describe('aivm sim', { timeout: TIMEOUT_MS }, () => {
  it('reports a run as one line of JSON, with what so small a batch did not reach', async () => {
    const { code, stdout } = await run(['--seed', '11', '--scenario', 'market', '--json', '--workers', '1']);
    expect(code).toBe(0);
    expect(lastJsonLine(stdout)).toMatchObject({ runs: 1, failed: 0, runsByScenario: { market: 1 } });
    expect((lastJsonLine(stdout) as { unreached: string[] }).unreached).toContain('scenario/faults');
  });

  it('refuses a scenario that there is none of', async () => {
    const { code, stderr } = await run(['--scenario', 'peace']);
    expect(code).toBe(2);
    expect(stderr).toContain('market');
  });

  it('reports what it has at Ctrl-C, without waiting for its workers', async () => {
    const batch = startCli(['sim', '--seed', '1', '--runs', '5000', '--workers', '2', '--json']);
    while (!/\d+\/5000 runs/.test(batch.text().stderr)) {
      if (batch.child.exitCode !== null) throw new Error(batch.text().stderr);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    batch.child.kill('SIGINT');
    const { code, stdout } = await batch.ended;
    expect(code).toBe(130);
    const { runs } = lastJsonLine(stdout) as { runs: number };
    expect(runs).toBeGreaterThan(0);
    expect(runs).toBeLessThan(5000);
  });
});
