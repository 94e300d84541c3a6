import { equalBytes } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { classify } from '../../kernels/classify.ts';
import { serializeInferenceWeights } from '../../kernels/weights.ts';
import { readTaskInput, readTaskOutput, readWeights, requireProvider } from '../../state/read.ts';
import type { Task } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { convictProvider } from '../economy/conviction.ts';
import { burn, credit, debit } from '../economy/money.ts';
import { voidResult } from '../settlement/optimistic.ts';

const NO_HASH = new Uint8Array(32);

/** Bytes that int8-kernel models take and give. */
export const INT8_KERNEL_INPUT_BYTES = 32;
export const INT8_KERNEL_OUTPUT_BYTES = 1;
export const INT8_KERNEL_PARAMETER_BYTES = 598;

/**
 * The right output of an int8-kernel model: kernel 5's arithmetic.
 * @param parameters 598 bytes as they lie in InferenceWeights
 * @param input 32 int8 as bytes
 * @returns one int8 as a byte
 */
export const runInt8Kernel = (parameters: Uint8Array, input: Uint8Array): Uint8Array =>
  Uint8Array.of(
    classify(serializeInferenceWeights({ parameters, modelHash: NO_HASH, configHash: NO_HASH }), input),
  );

/** A challenge that has met every condition. */
export interface JudgedChallenge {
  readonly challenger: Uint8Array;
  readonly output: Uint8Array;
  readonly bond: bigint;
}

/**
 * Judges at once by re-computing the output. Provider right: the bond goes half to it, half is burned, and nothing else
 * changes. Provider wrong: conviction, and the result is void; the challenger keeps its bond, and is rewarded if its
 * own output is the right one.
 */
export function judgeInt8Kernel(context: BlockContext, task: Task, challenge: JudgedChallenge): void {
  const { state } = context;
  const input = readTaskInput(state, task.id);
  const posted = readTaskOutput(state, task.id);
  const weights = readWeights(state, task.weightHash);
  assert(input !== undefined && posted !== undefined && weights !== undefined, 'a dispute without its data');
  const right = runInt8Kernel(weights.parameters, input);
  const upheld = !equalBytes(posted, right);
  const claimRight = equalBytes(challenge.output, right);
  context.events.push({
    kind: 'challenge',
    taskId: task.id,
    provider: task.assignedTo,
    challenger: challenge.challenger,
    upheld,
    claimRight,
  });
  if (upheld) {
    convictProvider(context, task, { challenger: challenge.challenger, rewarded: claimRight });
    voidResult(context, task, 'challenge_upheld');
    return;
  }
  const toProvider = challenge.bond / 2n;
  debit(context, challenge.challenger, challenge.bond, 'challenge bond');
  credit(context, requireProvider(state, task.assignedTo).wallet, toProvider);
  burn(context, challenge.bond - toProvider);
}
