import { readWdbcRows } from 'aivm';
import { expect, it } from 'vitest';
import { lastJsonLine, runCli } from '../../../cli/test/spawn-cli.ts';

/** Enough that each of the four dishonest providers gets a seat: one is left out of all with (4/9)^16 ≈ 10^−6. */
const ROWS = 16;

it('aivm demo --mode redundant ends with right answers and everybody punished as the rules say', {
  timeout: 280_000,
}, async () => {
  const { code, stdout, stderr } = await runCli([
    'demo',
    '--mode',
    'redundant',
    '--json',
    '--rows',
    String(ROWS),
  ]);
  expect(code, stderr).toBe(0);
  const demo = lastJsonLine(stdout) as {
    ok: boolean;
    tasks: { row: number; output: number; settlement: string; provider: string }[];
    convictions: { provider: string; rewarded: string }[];
    copies: Record<string, string>;
    supply: { balanced: boolean };
  };
  const rows = (await readWdbcRows()).slice(0, ROWS);
  expect(demo.tasks.map(({ row, output, settlement }) => ({ row, output, settlement }))).toEqual(
    rows.map(({ row, y0 }) => ({ row, output: y0, settlement: 'final' })),
  );
  expect(demo.tasks.every(({ provider }) => provider.startsWith('honest-'))).toBe(true);
  expect(demo.convictions).toMatchObject([{ provider: 'liar', rewarded: '0' }]);
  expect(new Set(Object.values(demo.copies))).toEqual(new Set(['invalid_input']));
  expect(demo).toMatchObject({ ok: true, supply: { balanced: true } });
});
