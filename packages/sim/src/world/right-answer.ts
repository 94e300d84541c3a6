import { keccak256 } from '@aivm/core/crypto';
import { runInt8Kernel } from '@aivm/core/execute';
import {
  CheckClass,
  readTaskInput,
  readWeights,
  type StateReader,
  type TaskRecord as Task,
} from '@aivm/core/state';

/** Bytes of an opaque model's answer. */
const OPAQUE_BYTES = 4;

/** What every opaque model of the simulation answers. */
export const opaqueAnswer = (input: Uint8Array): Uint8Array => keccak256(input).slice(0, OPAQUE_BYTES);

/** What an honest actor computes for a task: the kernel's output, or for an opaque model a hash of the input. */
export function rightAnswer(state: StateReader, task: Task): Uint8Array | undefined {
  const input = readTaskInput(state, task.id);
  if (input === undefined) return undefined;
  if (task.checkClass !== CheckClass.int8Kernel) return opaqueAnswer(input);
  const weights = readWeights(state, task.weightHash);
  return weights && runInt8Kernel(weights.parameters, input);
}

/** An answer of the right shape that is not the right one. */
export function wrongAnswer(right: Uint8Array, shift = 1): Uint8Array {
  const wrong = right.slice();
  wrong[0] = ((wrong[0] ?? 0) + shift) & 0xff;
  return wrong;
}
