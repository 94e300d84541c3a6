import {
  type BenchRow,
  benchDevice,
  benchKernels,
  benchThreads,
  createWasmBackend,
  toAsyncKernelBackend,
} from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { referenceBackend } from '@aivm/core/kernels';
import { expect, test } from 'vitest';
import { createBenchFixtures } from '../src/bench/fixtures.ts';
import {
  applyAnchorsPlainly,
  applyAttestationsPlainly,
  applyModelsPlainly,
} from '../src/bench/table-baseline.ts';

interface Pair {
  readonly expected: Uint8Array;
  readonly actual: Uint8Array;
}

test('the smoke benchmark measures every engine on every kernel', () => {
  const seen: BenchRow[] = [];
  const report = benchKernels({ smoke: true, onRow: (row) => seen.push(row) });
  expect(report.rows).toEqual(seen);
  expect(report.entries).toBe(512);
  expect(seen.map(({ kernel, engine }) => `${kernel} ${engine}`)).toEqual([
    ...['attestation_apply', 'provenance_apply', 'anchor_apply'].flatMap((kernel) =>
      ['baseline', 'cpu', 'wasm', 'wasm, plain memory'].map((engine) => `${kernel} ${engine}`),
    ),
    ...['epoch_transition', 'inference_step', 'proof_verify'].flatMap((kernel) =>
      ['baseline', 'cpu', 'wasm'].map((engine) => `${kernel} ${engine}`),
    ),
  ]);
  for (const { engine, nsPerOp, ratio } of seen) {
    expect(nsPerOp).toBeGreaterThan(0);
    expect(Number.isFinite(ratio) && ratio > 0).toBe(true);
    if (engine === 'baseline') expect(ratio).toBe(1);
  }
});

test('the baselines of the table kernels change tables as the kernels do', () => {
  const fixtures = createBenchFixtures(300);
  const { desc, attestationOps, modelOps, anchorOps } = fixtures;
  const [attestations, models, anchors] = [512 * 144, 512 * 160, 300 * 128].map((size) => ({
    expected: new Uint8Array(size),
    actual: new Uint8Array(size),
  })) as [Pair, Pair, Pair];
  // Twice: into free slots, then onto taken ones.
  for (let round = 0; round < 2; round++) {
    referenceBackend.attestationApply(desc, attestationOps, attestations.expected);
    referenceBackend.provenanceApply(desc, modelOps, models.expected);
    referenceBackend.anchorApply(desc, anchorOps, anchors.expected);
    applyAttestationsPlainly(fixtures, attestations.actual);
    applyModelsPlainly(fixtures, models.actual);
    applyAnchorsPlainly(fixtures, anchors.actual);
    for (const { expected, actual } of [attestations, models, anchors])
      expect(equalBytes(actual, expected)).toBe(true);
  }
  expect(anchors.expected.at(-16)).toBe(1);
});

test('an asynchronous engine has a row for each kernel that hashes, with the ratio to that run', async () => {
  const row = (kernel: string): BenchRow => ({ kernel, engine: 'baseline', nsPerOp: 5e9, ratio: 1 });
  const kernels = ['epoch_transition', 'inference_step', 'proof_verify'];
  const report = { machine: { cpu: '', cores: 1, runtime: '' }, entries: 64, rows: kernels.map(row) };
  const backend = toAsyncKernelBackend(createWasmBackend());
  const rows = await benchDevice({ report, backend, rounds: 1 });
  expect(rows.map(({ kernel, engine }) => [kernel, engine])).toEqual(
    kernels.map((kernel) => [kernel, 'wasm, asynchronous']),
  );
  for (const { nsPerOp, ratio } of rows) expect(nsPerOp * ratio).toBeCloseTo(5e9, -3);
});

test('threads share the proofs out, each with an engine of its own', async () => {
  const rows = await benchThreads({ ops: 600, rounds: 1 }, [1, 2]);
  expect(rows.map(({ threads }) => threads)).toEqual([1, 2]);
  expect(rows[0]?.speedup).toBe(1);
  for (const { nsPerOp } of rows) expect(nsPerOp).toBeGreaterThan(50);
});
