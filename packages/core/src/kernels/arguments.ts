import { assertBytes } from '../bytes/bytes.ts';
import { AIVMEpochState } from '../layout/aivm-epoch-state.ts';
import { AIVMRoundDescriptor } from '../layout/aivm-round-descriptor.ts';
import { AIVMTransitionResult } from '../layout/aivm-transition-result.ts';
import { AnchorOp } from '../layout/anchor-op.ts';
import { Attestation } from '../layout/attestation.ts';
import { AttestationOp } from '../layout/attestation-op.ts';
import { AuditAnchor } from '../layout/audit-anchor.ts';
import { InferenceOp } from '../layout/inference-op.ts';
import { InferenceResult } from '../layout/inference-result.ts';
import { InferenceInDim, InferenceOutDim, InferenceWeights } from '../layout/inference-weights.ts';
import { ModelOp } from '../layout/model-op.ts';
import { ModelRegistryEntry } from '../layout/model-registry-entry.ts';
import { ProofVerifyOp } from '../layout/proof-verify-op.ts';
import { ProofVerifyResult } from '../layout/proof-verify-result.ts';
import { equalRanges, readU32 } from './words.ts';

/** Most structs one arena may hold: counts travel as u32, and byte offsets must stay exact. */
const COUNT_MAX = 0xffffffff;

const HASH = InferenceOp.fields.ModelHash.offset;
const WEIGHTS_HASH = InferenceWeights.fields.ModelHash.offset;

function countOf(arena: Uint8Array, name: string, size: number): number {
  assertBytes(arena, name);
  if (arena.length % size !== 0 || arena.length / size > COUNT_MAX) {
    throw new RangeError(`${name}: expected a multiple of ${size} bytes, got ${arena.length}`);
  }
  return arena.length / size;
}

/** Overlapping arenas would make the answer depend on when an engine copies, so they are refused. */
function assertDisjoint(arenas: Readonly<Record<string, Uint8Array>>): void {
  const entries = Object.entries(arenas).filter(([, arena]) => arena.length > 0);
  entries.forEach(([name, arena], i) => {
    for (const [otherName, other] of entries.slice(i + 1)) {
      if (arena.buffer !== other.buffer) continue;
      const overlaps =
        arena.byteOffset < other.byteOffset + other.length &&
        other.byteOffset < arena.byteOffset + arena.length;
      if (overlaps)
        throw new RangeError(`${name}: expected memory of its own, got memory shared with ${otherName}`);
    }
  });
}

/** Checks the arguments of a table kernel and gives how many of `ops` it runs: the descriptor's count, capped. */
function checkApply(
  [desc, ops, table]: readonly [Uint8Array, Uint8Array, Uint8Array],
  tableName: string,
  [opSize, slotSize]: readonly [number, number],
  countOffset: number,
): number {
  assertBytes(desc, 'desc', AIVMRoundDescriptor.SIZE);
  const opCount = countOf(ops, 'ops', opSize);
  countOf(table, tableName, slotSize);
  assertDisjoint({ desc, ops, [tableName]: table });
  return Math.min(readU32(desc, countOffset), opCount);
}

const counts = AIVMRoundDescriptor.fields;

/** Checks the arguments of `attestationApply`; how many ops it runs. */
export const checkAttestationApply = (desc: Uint8Array, ops: Uint8Array, attestations: Uint8Array): number =>
  checkApply(
    [desc, ops, attestations],
    'attestations',
    [AttestationOp.SIZE, Attestation.SIZE],
    counts.AttestationOpCount.offset,
  );

/** Checks the arguments of `provenanceApply`; how many ops it runs. */
export const checkProvenanceApply = (desc: Uint8Array, ops: Uint8Array, models: Uint8Array): number =>
  checkApply(
    [desc, ops, models],
    'models',
    [ModelOp.SIZE, ModelRegistryEntry.SIZE],
    counts.ModelOpCount.offset,
  );

/** Checks the arguments of `anchorApply`; how many ops it runs. */
export const checkAnchorApply = (desc: Uint8Array, ops: Uint8Array, anchors: Uint8Array): number =>
  checkApply([desc, ops, anchors], 'anchors', [AnchorOp.SIZE, AuditAnchor.SIZE], counts.AnchorOpCount.offset);

/** Checks the arguments of `epochTransition`. */
export function checkEpochTransition(
  desc: Uint8Array,
  attestations: Uint8Array,
  models: Uint8Array,
  anchors: Uint8Array,
  epoch: Uint8Array,
  result: Uint8Array,
): void {
  assertBytes(desc, 'desc', AIVMRoundDescriptor.SIZE);
  countOf(attestations, 'attestations', Attestation.SIZE);
  countOf(models, 'models', ModelRegistryEntry.SIZE);
  countOf(anchors, 'anchors', AuditAnchor.SIZE);
  assertBytes(epoch, 'epoch', AIVMEpochState.SIZE);
  assertBytes(result, 'result', AIVMTransitionResult.SIZE);
  assertDisjoint({ desc, attestations, models, anchors, epoch, result });
}

/** Checks the arguments of `inferenceStep`, every offset that an op will use included; the count of ops. */
export function checkInferenceStep(
  weights: Uint8Array,
  ops: Uint8Array,
  inputs: Uint8Array,
  outputs: Uint8Array,
  results: Uint8Array,
): number {
  assertBytes(weights, 'weights', InferenceWeights.SIZE);
  const opCount = countOf(ops, 'ops', InferenceOp.SIZE);
  assertBytes(inputs, 'inputs', opCount * InferenceInDim);
  assertBytes(outputs, 'outputs', opCount * InferenceOutDim);
  assertBytes(results, 'results', opCount * InferenceResult.SIZE);
  assertDisjoint({ weights, ops, inputs, outputs, results });
  const { InputOffset, InputLen, OutputOffset, OutputCapacity } = InferenceOp.fields;
  for (let index = 0; index < opCount; index++) {
    const op = index * InferenceOp.SIZE;
    // An op that one of the three status checks ends touches neither arena, so its offsets are free.
    if (readU32(ops, op + InputLen.offset) !== InferenceInDim) continue;
    if (readU32(ops, op + OutputCapacity.offset) < InferenceOutDim) continue;
    const inputOffset = readU32(ops, op + InputOffset.offset);
    const outputOffset = readU32(ops, op + OutputOffset.offset);
    const inputFits = inputOffset + InferenceInDim <= inputs.length;
    const outputFits = outputOffset + InferenceOutDim <= outputs.length;
    if (inputFits && outputFits) continue;
    if (!equalRanges(ops, op + HASH, weights, WEIGHTS_HASH, 32)) continue;
    if (!inputFits) throw offsetError(index, 'InputOffset', inputOffset, inputs.length, InferenceInDim);
    throw offsetError(index, 'OutputOffset', outputOffset, outputs.length, InferenceOutDim);
  }
  return opCount;
}

function offsetError(index: number, field: string, offset: number, length: number, size: number): RangeError {
  return new RangeError(
    `ops[${index}].${field}: expected ${size} bytes inside ${length}, got offset ${offset}`,
  );
}

/** Checks the arguments of `proofVerify`; the count of ops. */
export function checkProofVerify(ops: Uint8Array, results: Uint8Array): number {
  const opCount = countOf(ops, 'ops', ProofVerifyOp.SIZE);
  assertBytes(results, 'results', opCount * ProofVerifyResult.SIZE);
  assertDisjoint({ ops, results });
  return opCount;
}
