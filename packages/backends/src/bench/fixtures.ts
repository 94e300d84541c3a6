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
  InferenceWeights,
  ModelOp,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core/layout';

/** Every arena that the kernels are measured on. */
export interface BenchFixtures {
  readonly desc: Uint8Array;
  readonly attestationOps: Uint8Array;
  readonly modelOps: Uint8Array;
  readonly anchorOps: Uint8Array;
  /** Every slot occupied. */
  readonly attestations: Uint8Array;
  readonly models: Uint8Array;
  readonly anchors: Uint8Array;
  readonly epoch: Uint8Array;
  readonly epochResult: Uint8Array;
  readonly weights: Uint8Array;
  readonly inferenceOps: Uint8Array;
  readonly inputs: Uint8Array;
  readonly outputs: Uint8Array;
  readonly inferenceResults: Uint8Array;
  readonly proofOps: Uint8Array;
  readonly proofResults: Uint8Array;
}

/** Bytes of a fixed xorshift sequence: the same on every machine and run. */
function pseudoRandomBytes(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

interface Shape {
  readonly SIZE: number;
}

const random = ({ SIZE }: Shape, count: number, seed: number): Uint8Array =>
  pseudoRandomBytes(SIZE * count, seed);

/** Writes one u32 field of every struct. */
function setAll(arena: Uint8Array, { SIZE }: Shape, offset: number, value: (index: number) => number): void {
  const data = new DataView(arena.buffer);
  for (let index = 0; index < arena.length / SIZE; index++) {
    data.setUint32(index * SIZE + offset, value(index), true);
  }
}

/** Links of one chain: each names the link before and is one higher. */
function anchorChain(count: number): Uint8Array {
  const ops = random(AnchorOp, count, 3);
  const { CommitRoot, ParentRoot, Height } = AnchorOp.fields;
  for (let index = 1; index < count; index++) {
    const op = index * AnchorOp.SIZE;
    ops.copyWithin(op + ParentRoot.offset, op - AnchorOp.SIZE + CommitRoot.offset, op - AnchorOp.SIZE + 32);
  }
  setAll(ops, AnchorOp, Height.offset, (index) => index);
  setAll(ops, AnchorOp, Height.offset + 4, () => 1);
  return ops;
}

function occupied(shape: Shape, count: number, occupiedOffset: number, seed: number): Uint8Array {
  const table = random(shape, count, seed);
  setAll(table, shape, occupiedOffset, () => 1);
  return table;
}

/** Ops that all run in mode 2, so that each needs all three commitments. */
function inferenceOps(weights: Uint8Array, count: number): Uint8Array {
  const ops = random(InferenceOp, count, 8);
  const modelHash = InferenceWeights.at(weights).ModelHash;
  for (let index = 0; index < count; index++) ops.set(modelHash, index * InferenceOp.SIZE);
  const { Mode, InputOffset, InputLen, OutputOffset, OutputCapacity } = InferenceOp.fields;
  setAll(ops, InferenceOp, Mode.offset, () => 2);
  setAll(ops, InferenceOp, InputOffset.offset, (index) => 32 * index);
  setAll(ops, InferenceOp, InputLen.offset, () => 32);
  setAll(ops, InferenceOp, OutputOffset.offset, (index) => index);
  setAll(ops, InferenceOp, OutputCapacity.offset, () => 1);
  return ops;
}

/** Arenas for `count` operations per kernel and `count` slots per table, from fixed seeds. */
export function createBenchFixtures(count: number): BenchFixtures {
  const desc = AIVMRoundDescriptor.create({
    TimestampNS: 1_700_000_000_000_000_000n,
    AttestationOpCount: count,
    ModelOpCount: count,
    AnchorOpCount: count,
    ClosingFlag: 1,
  }).bytes;
  const weights = random(InferenceWeights, 1, 7);
  const modelOps = random(ModelOp, count, 2);
  setAll(modelOps, ModelOp, ModelOp.fields.Kind.offset, () => 0);
  return {
    desc,
    attestationOps: random(AttestationOp, count, 1),
    modelOps,
    anchorOps: anchorChain(count),
    attestations: occupied(Attestation, count, Attestation.fields.Occupied.offset, 4),
    models: occupied(ModelRegistryEntry, count, ModelRegistryEntry.fields.Occupied.offset, 5),
    anchors: occupied(AuditAnchor, count, AuditAnchor.fields.Occupied.offset, 6),
    epoch: AIVMEpochState.create().bytes,
    epochResult: AIVMTransitionResult.create().bytes,
    weights,
    inferenceOps: inferenceOps(weights, count),
    inputs: pseudoRandomBytes(32 * count, 9),
    outputs: new Uint8Array(count),
    inferenceResults: InferenceResult.createArena(count),
    proofOps: random(ProofVerifyOp, count, 10),
    proofResults: ProofVerifyResult.createArena(count),
  };
}
