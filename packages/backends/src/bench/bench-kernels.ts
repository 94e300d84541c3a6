import { availableParallelism, cpus } from 'node:os';
import { assert, type KernelBackend, referenceBackend } from '@aivm/core';
import { createWasmBackend } from '../wasm/wasm-backend.ts';
import { type BenchFixtures, createBenchFixtures } from './fixtures.ts';
import { createHashBaseline } from './hash-baseline.ts';
import { applyAnchorsPlainly, applyAttestationsPlainly, applyModelsPlainly } from './table-baseline.ts';

/** One measured engine on one kernel. */
export interface BenchRow {
  readonly kernel: string;
  /** `baseline`, `cpu` (the TypeScript reference), `wasm`, or the name of an engine that the caller brought. */
  readonly engine: string;
  /** Median over the rounds; per slot for the epoch transition, per operation elsewhere. */
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
  /** Called with every row as soon as it is known. */
  readonly onRow?: (row: BenchRow) => void;
}

const FULL = { entries: 65_536, rounds: 5 } as const;
const SMOKE = { entries: 512, rounds: 3 } as const;

interface Subject {
  readonly kernel: string;
  /** Divides the time of one run. */
  readonly units: number;
  /** Restores what a run changed; not timed. */
  reset(): void;
  baseline(): void;
  run(backend: KernelBackend): void;
}

function tableSubjects(fixtures: BenchFixtures, entries: number): Subject[] {
  const { desc, attestationOps, modelOps, anchorOps, freshAttestations, freshModels, freshAnchors } =
    fixtures;
  const allApplied = (applied: number): void => assert(applied === entries, `${applied} ops applied`);
  return [
    {
      kernel: 'attestation_apply',
      units: entries,
      reset: () => freshAttestations.fill(0),
      baseline: () => applyAttestationsPlainly(fixtures),
      run: (backend) => allApplied(backend.attestationApply(desc, attestationOps, freshAttestations)),
    },
    {
      kernel: 'provenance_apply',
      units: entries,
      reset: () => freshModels.fill(0),
      baseline: () => applyModelsPlainly(fixtures),
      run: (backend) => allApplied(backend.provenanceApply(desc, modelOps, freshModels)),
    },
    {
      kernel: 'anchor_apply',
      units: entries,
      reset: () => freshAnchors.fill(0),
      baseline: () => applyAnchorsPlainly(fixtures),
      run: (backend) => allApplied(backend.anchorApply(desc, anchorOps, freshAnchors)),
    },
  ];
}

function hashSubjects(fixtures: BenchFixtures, entries: number): Subject[] {
  const { desc, attestations, models, anchors, epoch, epochResult } = fixtures;
  const { weights, inferenceOps, inputs, outputs, inferenceResults, proofOps, proofResults } = fixtures;
  const hashes = createHashBaseline();
  const reset = (): void => {};
  return [
    {
      kernel: 'epoch_transition',
      units: 3 * entries,
      reset,
      baseline: () => hashes.epochTransition(fixtures),
      run: (backend) => backend.epochTransition(desc, attestations, models, anchors, epoch, epochResult),
    },
    {
      kernel: 'inference_step',
      units: entries,
      reset,
      baseline: () => hashes.inferenceStep(fixtures),
      run: (backend) => backend.inferenceStep(weights, inferenceOps, inputs, outputs, inferenceResults),
    },
    {
      kernel: 'proof_verify',
      units: entries,
      reset,
      baseline: () => hashes.proofVerify(fixtures),
      run: (backend) => backend.proofVerify(proofOps, proofResults),
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Runs the engines in turn, once to warm up and then `rounds` times, so that a noisy moment strikes all of them. */
function measure(subject: Subject, rounds: number, backends: readonly KernelBackend[]): BenchRow[] {
  const engines = [
    { engine: 'baseline', run: () => subject.baseline() },
    ...backends.map((backend) => ({ engine: backend.name, run: () => subject.run(backend) })),
  ];
  const times = engines.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    engines.forEach(({ run }, index) => {
      subject.reset();
      const started = performance.now();
      run();
      const elapsedMs = performance.now() - started;
      if (round >= 0) times[index]?.push((elapsedMs * 1e6) / subject.units);
    });
  }
  const medians = times.map(median);
  return engines.map(({ engine }, index) => ({
    kernel: subject.kernel,
    engine,
    nsPerOp: medians[index] as number,
    ratio: (medians[0] as number) / (medians[index] as number),
  }));
}

/**
 * Measures the baseline, the TypeScript reference, WebAssembly and the caller's engines on every kernel. Copying arenas
 * into and out of an engine's memory counts. Takes a few minutes, under ten seconds with `smoke`.
 *
 * @example const report = benchKernels({ smoke: true, onRow: (row) => print(row) });
 */
export function benchKernels({ smoke, backends: others = [], onRow }: BenchKernelsParameters): BenchReport {
  const { entries, rounds } = smoke ? SMOKE : FULL;
  const fixtures = createBenchFixtures(entries);
  const backends = [referenceBackend, createWasmBackend(), ...others];
  const rows: BenchRow[] = [];
  for (const subject of [...tableSubjects(fixtures, entries), ...hashSubjects(fixtures, entries)]) {
    for (const row of measure(subject, rounds, backends)) {
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
