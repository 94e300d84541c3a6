import {
  InferenceOp,
  InferenceResult,
  type KernelBackend,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core';
import type { VectorCase } from './vector-file.ts';

/** What `results` hold before a call: a kernel that leaves a byte unwritten shows it. */
const RESULT_PREFILL = 0xa5;

/** What `applied` holds before a call. */
const APPLIED_PREFILL = 0xdeadbeef;

type Arenas = Readonly<Record<string, Uint8Array>>;

/** The named arena of a case. Throws a TypeError where the case lacks it. */
function take(arenas: Arenas, name: string): Uint8Array {
  const arena = arenas[name];
  if (arena === undefined) throw new TypeError(`${name}: expected among the inputs of the case`);
  return arena;
}

function appliedBytes(applied: number): Uint8Array {
  const bytes = new Uint8Array(4);
  const data = new DataView(bytes.buffer);
  data.setUint32(0, APPLIED_PREFILL, true);
  data.setUint32(0, applied, true);
  return bytes;
}

const prefilled = (ops: Uint8Array, opSize: number, resultSize: number): Uint8Array =>
  new Uint8Array((ops.length / opSize) * resultSize).fill(RESULT_PREFILL);

type Runner = (backend: KernelBackend, arenas: Arenas) => Arenas;

/** Every kernel by its vector name: runs on `arenas` and gives every arena by name as it is afterwards. */
const RUNNERS: Readonly<Record<string, Runner>> = {
  attestation_apply: (backend, arenas) => {
    const [desc, ops, table] = [take(arenas, 'desc'), take(arenas, 'ops'), take(arenas, 'attestations')];
    return { ...arenas, applied: appliedBytes(backend.attestationApply(desc, ops, table)) };
  },
  provenance_apply: (backend, arenas) => {
    const [desc, ops, table] = [take(arenas, 'desc'), take(arenas, 'ops'), take(arenas, 'models')];
    return { ...arenas, applied: appliedBytes(backend.provenanceApply(desc, ops, table)) };
  },
  anchor_apply: (backend, arenas) => {
    const [desc, ops, table] = [take(arenas, 'desc'), take(arenas, 'ops'), take(arenas, 'anchors')];
    return { ...arenas, applied: appliedBytes(backend.anchorApply(desc, ops, table)) };
  },
  epoch_transition: (backend, arenas) => {
    backend.epochTransition(
      take(arenas, 'desc'),
      take(arenas, 'attestations'),
      take(arenas, 'models'),
      take(arenas, 'anchors'),
      take(arenas, 'epoch'),
      take(arenas, 'result'),
    );
    return arenas;
  },
  inference_step: (backend, arenas) => {
    const ops = take(arenas, 'ops');
    const results = prefilled(ops, InferenceOp.SIZE, InferenceResult.SIZE);
    backend.inferenceStep(
      take(arenas, 'weights'),
      ops,
      take(arenas, 'inputs'),
      take(arenas, 'outputs'),
      results,
    );
    return { ...arenas, results };
  },
  proof_verify: (backend, arenas) => {
    const ops = take(arenas, 'ops');
    const results = prefilled(ops, ProofVerifyOp.SIZE, ProofVerifyResult.SIZE);
    backend.proofVerify(ops, results);
    return { ...arenas, results };
  },
};

/**
 * Runs one vector case on copies of its inputs.
 * @returns undefined when every byte is as expected, else what differs
 */
export function runCall(backend: KernelBackend, vector: VectorCase): string | undefined {
  const run = RUNNERS[vector.kernel];
  if (run === undefined) return `unknown kernel ${vector.kernel}`;
  const copies = Object.fromEntries(
    Object.entries(vector.inputs).map(([name, bytes]) => [name, Uint8Array.from(bytes)]),
  );
  const after = run(backend, copies);
  // Inputs that are not among the outputs must come back as they went in.
  const expected = { ...vector.inputs, ...vector.outputs };
  for (const [name, bytes] of Object.entries(expected)) {
    const difference = firstDifference(take(after, name), bytes);
    if (difference !== undefined) return `${name}: ${difference}`;
  }
  return undefined;
}

/** Where two byte strings first differ, in words. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): string | undefined {
  if (actual.length !== expected.length) return `expected ${expected.length} bytes, got ${actual.length}`;
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) return `expected byte ${i} to be ${expected[i]}, got ${actual[i]}`;
  }
  return undefined;
}
