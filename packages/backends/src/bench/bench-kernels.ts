import { availableParallelism, cpus } from 'node:os';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { createWasmBackend } from '../wasm/wasm-backend.ts';
import { createBenchFixtures } from './fixtures.ts';
import { median } from './median.ts';
import { createSubjects, type Subject } from './subjects.ts';

/** One measured engine on one kernel. */
export interface BenchRow {
  readonly kernel: string;
  /**
   * `baseline`, `cpu` (the TypeScript reference), `wasm`, or the name of an engine that the caller brought. An engine with
   * arenas of its own works in them on table kernels, and has a second row, such as `wasm, plain memory`.
   */
  readonly engine: string;
  /** Median over the rounds, without the time that other programs took; per slot for the epoch transition, else per operation. */
  readonly nsPerOp: number;
  /** Baseline time divided by this engine's time. */
  readonly ratio: number;
}

/** What one run measured. */
export interface BenchReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly runtime: string };
  /** Operations per kernel and slots per table. */
  readonly entries: number;
  readonly rows: readonly BenchRow[];
}

/** How to run the benchmark. */
export interface BenchKernelsParameters {
  /** Small and quick: shows that everything runs, not how fast it is. */
  readonly smoke: boolean;
  /** Engines to measure beside the reference and WebAssembly, such as plugins. Their names must differ. */
  readonly backends?: readonly KernelBackend[];
  /** Names of those `backends` that compute on the calling thread alone: their time is taken as the reference's is. */
  readonly onThisThread?: readonly string[];
  /** Called with every row as soon as it is known. */
  readonly onRow?: (row: BenchRow) => void;
}

const FULL = { entries: 65_536, rounds: 5 } as const;
const SMOKE = { entries: 512, rounds: 3 } as const;

/**
 * Milliseconds of one run. Where other programs interrupt it, wall time counts them; the process's processor time does not,
 * but counts its other threads (compiler, collector). Both are too large, so the smaller one is nearer. Only wall time
 * counts work on a device, so engines that the caller brought are measured by that unless they say that they have none.
 */
function timeOf(run: () => void, isOnThisThread: boolean): number {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  run();
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1_000;
  return isOnThisThread && cpuMs > 0 ? Math.min(wallMs, cpuMs) : wallMs;
}

/** Runs the contenders in turn, once to warm up and then `rounds` times, so that a noisy moment strikes all of them. */
function measure(
  { kernel, units, contenders }: Subject,
  rounds: number,
  brought: ReadonlySet<string>,
): BenchRow[] {
  const times = contenders.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    contenders.forEach(({ engine, reset, run }, index) => {
      reset();
      const elapsedMs = timeOf(run, !brought.has(engine.split(',')[0] as string));
      if (round >= 0) times[index]?.push((elapsedMs * 1e6) / units);
    });
  }
  const medians = times.map(median);
  return contenders.map(({ engine }, index) => ({
    kernel,
    engine,
    nsPerOp: medians[index] as number,
    ratio: (medians[0] as number) / (medians[index] as number),
  }));
}

/**
 * Measures the baseline, the TypeScript reference, WebAssembly and the caller's engines on every kernel. Copying
 * between ordinary memory and an engine's counts. Takes a few minutes, under ten seconds with `smoke`.
 *
 * @example const report = benchKernels({ smoke: true, onRow: (row) => print(row) });
 */
export function benchKernels({
  smoke,
  backends: others = [],
  onThisThread = [],
  onRow,
}: BenchKernelsParameters): BenchReport {
  const { entries, rounds } = smoke ? SMOKE : FULL;
  const fixtures = createBenchFixtures(entries);
  const backends = [referenceBackend, createWasmBackend(), ...others];
  const rows: BenchRow[] = [];
  const brought = new Set(others.map(({ name }) => name).filter((name) => !onThisThread.includes(name)));
  for (const subject of createSubjects(fixtures, entries, backends)) {
    for (const row of measure(subject, rounds, brought)) {
      rows.push(row);
      onRow?.(row);
    }
  }
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    runtime: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
  };
  return { machine, entries, rows };
}
