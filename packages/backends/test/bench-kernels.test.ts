import { type BenchRow, benchKernels } from '@aivm/backends';
import { expect, test } from 'vitest';

test('the smoke benchmark measures every engine on every kernel', () => {
  const seen: BenchRow[] = [];
  const report = benchKernels({ smoke: true, onRow: (row) => seen.push(row) });
  expect(report.rows).toEqual(seen);
  expect(report.entries).toBe(512);
  expect(seen.map(({ kernel, engine }) => `${kernel} ${engine}`)).toEqual(
    [
      'attestation_apply',
      'provenance_apply',
      'anchor_apply',
      'epoch_transition',
      'inference_step',
      'proof_verify',
    ].flatMap((kernel) => ['baseline', 'cpu', 'wasm'].map((engine) => `${kernel} ${engine}`)),
  );
  for (const { engine, nsPerOp, ratio } of seen) {
    expect(nsPerOp).toBeGreaterThan(0);
    expect(Number.isFinite(ratio) && ratio > 0).toBe(true);
    if (engine === 'baseline') expect(ratio).toBe(1);
  }
});
