import { InferenceOp, InferenceResult, ProofVerifyOp, ProofVerifyResult } from '@aivm/core/layout';
import type { KernelName } from '../engine/async-kernel-backend.ts';
import type { Check } from './kernel-call.ts';
import type { VectorCase } from './vector-file.ts';

/** What `results` hold before a call: a kernel that leaves a byte unwritten shows it. */
const RESULT_PREFILL = 0xa5;

type Arenas = Readonly<Record<string, Uint8Array>>;

/** The named arena of a case. Throws a TypeError where the case lacks it. */
function take(arenas: Arenas, name: string): Uint8Array {
  const arena = arenas[name];
  if (arena === undefined) throw new TypeError(`${name}: expected among the inputs of the case`);
  return arena;
}

function appliedBytes(applied: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, applied, true);
  return bytes;
}

const prefilled = (ops: Uint8Array, opSize: number, resultSize: number): Uint8Array =>
  new Uint8Array((ops.length / opSize) * resultSize).fill(RESULT_PREFILL);

/** A kernel by its vector name: what to call it with, and every arena by name as the call left it. */
interface CallShape {
  readonly kernel: KernelName;
  /** Names of its arguments, in order. */
  readonly names: readonly string[];
  /** Bytes per op and per result, where `results` is not among the inputs of a case. */
  readonly results?: { readonly opSize: number; readonly size: number };
  /** Whether the kernel answers how many ops applied. */
  readonly counts?: boolean;
}

const SHAPES: Readonly<Record<string, CallShape>> = {
  attestation_apply: { kernel: 'attestationApply', names: ['desc', 'ops', 'attestations'], counts: true },
  provenance_apply: { kernel: 'provenanceApply', names: ['desc', 'ops', 'models'], counts: true },
  anchor_apply: { kernel: 'anchorApply', names: ['desc', 'ops', 'anchors'], counts: true },
  epoch_transition: {
    kernel: 'epochTransition',
    names: ['desc', 'attestations', 'models', 'anchors', 'epoch', 'result'],
  },
  inference_step: {
    kernel: 'inferenceStep',
    names: ['weights', 'ops', 'inputs', 'outputs', 'results'],
    results: { opSize: InferenceOp.SIZE, size: InferenceResult.SIZE },
  },
  proof_verify: {
    kernel: 'proofVerify',
    names: ['ops', 'results'],
    results: { opSize: ProofVerifyOp.SIZE, size: ProofVerifyResult.SIZE },
  },
};

/** Checks one vector case on copies of its inputs. */
export function* checkCall(vector: VectorCase): Check {
  const shape = SHAPES[vector.kernel];
  if (shape === undefined) return `unknown kernel ${vector.kernel}`;
  const arenas: Record<string, Uint8Array> = Object.fromEntries(
    Object.entries(vector.inputs).map(([name, bytes]) => [name, Uint8Array.from(bytes)]),
  );
  if (shape.results !== undefined) {
    const { opSize, size } = shape.results;
    arenas.results = prefilled(take(arenas, 'ops'), opSize, size);
  }
  const answer = yield { kernel: shape.kernel, arenas: shape.names.map((name) => take(arenas, name)) };
  const after = shape.counts ? { ...arenas, applied: appliedBytes(answer) } : arenas;
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
