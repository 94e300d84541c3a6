import type { AsyncKernelBackend } from '../engine/async-kernel-backend.ts';
import type { BenchReport, BenchRow } from './bench-kernels.ts';
import { createBenchFixtures } from './fixtures.ts';
import { median } from './median.ts';

/** What to measure beside a report that is there. */
export interface BenchDeviceParameters {
  /** The run whose baseline the ratios refer to, and whose sizes are taken over. */
  readonly report: BenchReport;
  readonly backend: AsyncKernelBackend;
  readonly rounds?: number;
  readonly onRow?: (row: BenchRow) => void;
}

/**
 * Measures an asynchronous engine on the kernels that hash; the table kernels are work of the processor on every engine.
 * Wall time, one warm-up: what a device does is no processor time. Rows have the name `<engine>, asynchronous`.
 */
export async function benchDevice({
  report,
  backend,
  rounds = 5,
  onRow,
}: BenchDeviceParameters): Promise<BenchRow[]> {
  const { entries } = report;
  const f = createBenchFixtures(entries);
  const kernels: readonly [string, number, () => Promise<void>][] = [
    [
      'epoch_transition',
      3 * entries,
      () => backend.epochTransition(f.desc, f.attestations, f.models, f.anchors, f.epoch, f.epochResult),
    ],
    [
      'inference_step',
      entries,
      () => backend.inferenceStep(f.weights, f.inferenceOps, f.inputs, f.outputs, f.inferenceResults),
    ],
    ['proof_verify', entries, () => backend.proofVerify(f.proofOps, f.proofResults)],
  ];
  const rows: BenchRow[] = [];
  for (const [kernel, units, run] of kernels) {
    const times: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const started = performance.now();
      await run();
      if (round >= 0) times.push(((performance.now() - started) * 1e6) / units);
    }
    const baseline = report.rows.find((row) => row.kernel === kernel && row.engine === 'baseline');
    const nsPerOp = median(times);
    const row = {
      kernel,
      engine: `${backend.name}, asynchronous`,
      nsPerOp,
      ratio: (baseline?.nsPerOp ?? Number.NaN) / nsPerOp,
    };
    rows.push(row);
    onRow?.(row);
  }
  return rows;
}
