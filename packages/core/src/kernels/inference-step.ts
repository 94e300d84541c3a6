import { keccak256 } from '../crypto/keccak.ts';
import { InferenceOp } from '../layout/inference-op.ts';
import { InferenceResult } from '../layout/inference-result.ts';
import { InferenceInDim, InferenceOutDim, InferenceWeights } from '../layout/inference-weights.ts';
import { checkInferenceStep } from './arguments.ts';
import { classifyAt } from './classify.ts';
import { INFERENCE_STATUS } from './constants.ts';
import { copyRange, equalRanges, readU32, writeU32 } from './words.ts';

const field = InferenceOp.fields;
const out = InferenceResult.fields;

/** Kernel 5: runs the classifier and commits to each run. See {@link KernelBackend.inferenceStep}. */
export function inferenceStep(
  weights: Uint8Array,
  ops: Uint8Array,
  inputs: Uint8Array,
  outputs: Uint8Array,
  results: Uint8Array,
): void {
  const opCount = checkInferenceStep(weights, ops, inputs, outputs, results);
  for (let index = 0; index < opCount; index++) {
    const op = index * InferenceOp.SIZE;
    const result = index * InferenceResult.SIZE;
    results.fill(0, result, result + InferenceResult.SIZE);
    const status = statusOf(weights, ops, op);
    writeU32(results, result + out.Status.offset, status);
    if (status !== INFERENCE_STATUS.ok) continue;
    const inputOffset = readU32(ops, op + field.InputOffset.offset);
    const output = classifyAt(weights, inputs, inputOffset);
    outputs[readU32(ops, op + field.OutputOffset.offset)] = output;
    writeU32(results, result + out.OutputLen.offset, InferenceOutDim);
    commit(ops, op, inputs.subarray(inputOffset, inputOffset + InferenceInDim), output, results, result);
  }
}

function statusOf(weights: Uint8Array, ops: Uint8Array, op: number): number {
  if (!equalRanges(ops, op + field.ModelHash.offset, weights, InferenceWeights.fields.ModelHash.offset, 32)) {
    return INFERENCE_STATUS.wrongModel;
  }
  if (readU32(ops, op + field.InputLen.offset) !== InferenceInDim) return INFERENCE_STATUS.wrongInputLength;
  if (readU32(ops, op + field.OutputCapacity.offset) < InferenceOutDim)
    return INFERENCE_STATUS.noOutputCapacity;
  return INFERENCE_STATUS.ok;
}

function commit(
  ops: Uint8Array,
  op: number,
  input: Uint8Array,
  output: number,
  results: Uint8Array,
  result: number,
): void {
  const salted = new Uint8Array(32 + InferenceInDim);
  copyRange(salted, 0, ops, op + field.Salt.offset, 32);
  salted.set(input, 32);
  results.set(keccak256(salted), result + out.InputCommitment.offset);
  salted[32] = output;
  results.set(keccak256(salted.subarray(0, 32 + InferenceOutDim)), result + out.OutputCommitment.offset);
  // Mode 0 asks for the commitments alone.
  if (readU32(ops, op + field.Mode.offset) === 0) return;
  const preimage = new Uint8Array(136);
  copyRange(preimage, 0, ops, op + field.ModelHash.offset, 32);
  copyRange(preimage, 32, results, result + out.InputCommitment.offset, 2 * 32);
  copyRange(preimage, 96, ops, op + field.PolicyHash.offset, 32);
  copyRange(preimage, 128, ops, op + field.TimestampNS.offset, 8);
  results.set(keccak256(preimage), result + out.AttestationRoot.offset);
}
