import { assert } from '@aivm/core/errors';
import { type ArenaBackend, createKernelArena, type KernelBackend } from '@aivm/core/kernels';
import { Attestation, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import type { BenchFixtures } from './fixtures.ts';
import { createHashBaseline } from './hash-baseline.ts';
import { applyAnchorsPlainly, applyAttestationsPlainly, applyModelsPlainly } from './table-baseline.ts';

/** One engine on one kernel, ready to run again and again. */
export interface Contender {
  readonly engine: string;
  /** Restores what a run changed; not timed. */
  reset(): void;
  run(): void;
}

/** One kernel with everything that is measured on it; the baseline comes first. */
export interface Subject {
  readonly kernel: string;
  /** Divides the time of one run. */
  readonly units: number;
  readonly contenders: readonly Contender[];
}

const hasArenas = (backend: KernelBackend): backend is ArenaBackend => 'createArena' in backend;

/** Every contender has a table of its own, in the engine's memory where it has some, and then once more in ordinary memory. */
function tableSubject(
  kernel: string,
  { tableSize, units }: { tableSize: number; units: number },
  baseline: (table: Uint8Array) => void,
  engines: readonly KernelBackend[],
  apply: (backend: KernelBackend, table: Uint8Array) => number,
): Subject {
  const contend = (engine: string, table: Uint8Array, run: () => void): Contender => ({
    engine,
    reset: () => table.fill(0),
    run,
  });
  const applyAll = (engine: string, backend: KernelBackend, table: Uint8Array): Contender =>
    contend(engine, table, () => {
      const applied = apply(backend, table);
      assert(applied === units, `${applied} ops applied`);
    });
  const plain = new Uint8Array(tableSize);
  return {
    kernel,
    units,
    contenders: [
      contend('baseline', plain, () => baseline(plain)),
      ...engines.flatMap((backend) => [
        applyAll(backend.name, backend, createKernelArena(backend, tableSize)),
        ...(hasArenas(backend)
          ? [applyAll(`${backend.name}, plain memory`, backend, new Uint8Array(tableSize))]
          : []),
      ]),
    ],
  };
}

function tableSubjects(
  fixtures: BenchFixtures,
  entries: number,
  engines: readonly KernelBackend[],
): Subject[] {
  const { desc, attestationOps, modelOps, anchorOps } = fixtures;
  // Twice as many slots as ops: every op finds room after a short probe.
  return [
    tableSubject(
      'attestation_apply',
      { tableSize: 2 * entries * Attestation.SIZE, units: entries },
      (table) => applyAttestationsPlainly(fixtures, table),
      engines,
      (backend, table) => backend.attestationApply(desc, attestationOps, table),
    ),
    tableSubject(
      'provenance_apply',
      { tableSize: 2 * entries * ModelRegistryEntry.SIZE, units: entries },
      (table) => applyModelsPlainly(fixtures, table),
      engines,
      (backend, table) => backend.provenanceApply(desc, modelOps, table),
    ),
    tableSubject(
      'anchor_apply',
      { tableSize: entries * AuditAnchor.SIZE, units: entries },
      (table) => applyAnchorsPlainly(fixtures, table),
      engines,
      (backend, table) => backend.anchorApply(desc, anchorOps, table),
    ),
  ];
}

function hashSubjects(
  fixtures: BenchFixtures,
  entries: number,
  engines: readonly KernelBackend[],
): Subject[] {
  const { desc, attestations, models, anchors, epoch, epochResult } = fixtures;
  const { weights, inferenceOps, inputs, outputs, inferenceResults, proofOps, proofResults } = fixtures;
  const hashes = createHashBaseline();
  const subject = (
    kernel: string,
    units: number,
    baseline: () => void,
    run: (backend: KernelBackend) => void,
  ): Subject => ({
    kernel,
    units,
    contenders: [
      { engine: 'baseline', reset: () => {}, run: baseline },
      ...engines.map((backend) => ({ engine: backend.name, reset: () => {}, run: () => run(backend) })),
    ],
  });
  return [
    subject(
      'epoch_transition',
      3 * entries,
      () => hashes.epochTransition(fixtures),
      (backend) => backend.epochTransition(desc, attestations, models, anchors, epoch, epochResult),
    ),
    subject(
      'inference_step',
      entries,
      () => hashes.inferenceStep(fixtures),
      (backend) => backend.inferenceStep(weights, inferenceOps, inputs, outputs, inferenceResults),
    ),
    subject(
      'proof_verify',
      entries,
      () => hashes.proofVerify(fixtures),
      (backend) => backend.proofVerify(proofOps, proofResults),
    ),
  ];
}

/** All six kernels: `entries` operations each, and `entries` slots in each table of the epoch transition. */
export const createSubjects = (
  fixtures: BenchFixtures,
  entries: number,
  engines: readonly KernelBackend[],
): Subject[] => [...tableSubjects(fixtures, entries, engines), ...hashSubjects(fixtures, entries, engines)];
