import type { KernelBackend } from '@aivm/core/kernels';
import {
  AIVMEpochState,
  AIVMRoundDescriptor,
  AIVMTransitionResult,
  AnchorOp,
  Attestation,
  AttestationOp,
  AuditAnchor,
  InferenceOp,
  InferenceResult,
  ModelOp,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core/layout';

/** One kernel call that changes something, on arenas made anew each time. */
export interface SampleCall {
  readonly kernel: Exclude<keyof KernelBackend, 'name'>;
  readonly createArenas: () => Uint8Array[];
  /** Answers with what the kernel answers, a promise where `backend` gives one. */
  readonly run: (backend: Omit<KernelBackend, 'name'>, arenas: readonly Uint8Array[]) => unknown;
}

const filled = (size: number, count: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(size * count);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + seed, 0x9e3779b1) >>> 24;
  return bytes;
};

const desc = (count: number): Uint8Array =>
  AIVMRoundDescriptor.create({
    TimestampNS: 1000n,
    AttestationOpCount: count,
    ModelOpCount: count,
    AnchorOpCount: count,
    ClosingFlag: 1,
  }).bytes;

function modelOps(count: number, seed: number): Uint8Array {
  const ops = filled(ModelOp.SIZE, count, seed);
  for (let index = 0; index < count; index++) ModelOp.at(ops, index).Kind = 0;
  return ops;
}

function inferenceArenas(count: number, seed: number): Uint8Array[] {
  const weights = filled(672, 1, seed);
  const ops = filled(InferenceOp.SIZE, count, seed);
  for (let index = 0; index < count; index++) {
    const op = InferenceOp.at(ops, index);
    op.bytes.set(weights.subarray(600, 632));
    Object.assign(op, {
      Mode: index % 3,
      InputOffset: index * 32,
      InputLen: 32,
      OutputOffset: index,
      OutputCapacity: 1,
    });
  }
  const results = InferenceResult.createArena(count).fill(0xa5);
  return [weights, ops, filled(32, count, seed), new Uint8Array(count), results];
}

/** A call of each kernel over `count` ops or slots; `seed` varies the bytes. */
export function sampleCalls(count: number, seed = 1): SampleCall[] {
  const slots = 2 * count;
  return [
    {
      kernel: 'attestationApply',
      createArenas: () => [
        desc(count),
        filled(AttestationOp.SIZE, count, seed),
        Attestation.createArena(slots),
      ],
      run: (backend, [d, o, t]) => backend.attestationApply(d!, o!, t!),
    },
    {
      kernel: 'provenanceApply',
      createArenas: () => [desc(count), modelOps(count, seed), ModelRegistryEntry.createArena(slots)],
      run: (backend, [d, o, t]) => backend.provenanceApply(d!, o!, t!),
    },
    {
      kernel: 'anchorApply',
      createArenas: () => [desc(count), filled(AnchorOp.SIZE, count, seed), AuditAnchor.createArena(slots)],
      run: (backend, [d, o, t]) => backend.anchorApply(d!, o!, t!),
    },
    {
      kernel: 'epochTransition',
      createArenas: () => [
        desc(count),
        filled(Attestation.SIZE, count, seed),
        filled(ModelRegistryEntry.SIZE, count + 1, seed),
        filled(AuditAnchor.SIZE, count + 2, seed),
        AIVMEpochState.createArena(1),
        AIVMTransitionResult.createArena(1),
      ],
      run: (backend, [d, a, m, n, e, r]) => backend.epochTransition(d!, a!, m!, n!, e!, r!),
    },
    {
      kernel: 'inferenceStep',
      createArenas: () => inferenceArenas(count, seed),
      run: (backend, [w, o, x, y, r]) => backend.inferenceStep(w!, o!, x!, y!, r!),
    },
    {
      kernel: 'proofVerify',
      createArenas: () => [
        filled(ProofVerifyOp.SIZE, count, seed),
        ProofVerifyResult.createArena(count).fill(0xa5),
      ],
      run: (backend, [o, r]) => backend.proofVerify(o!, r!),
    },
  ];
}
