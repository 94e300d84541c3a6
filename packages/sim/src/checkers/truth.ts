import {
  CheckClass,
  readTaskInput,
  readWeights,
  type StateReader,
  type TaskRecord as Task,
} from '@aivm/core/state';
import type { ObservedBlock } from './checker.ts';

const INPUTS = 32;
const HIDDEN = 16;
/** Where the parts of an int8-kernel model's 598 parameter bytes begin. */
const AT = { bias1: 512, weights2: 576, bias2: 592, shift1: 596, shift2: 597 } as const;

const saturate = (value: number): number => Math.max(-128, Math.min(127, value));
const shifted = (value: number, shift: number): number => value >> (shift < 0 || shift > 31 ? 31 : shift);

/** The int8 network 32 → 16 → 1 in a dozen lines of its own: the checkers' oracle, not the kernel. */
function int8Oracle(parameters: Uint8Array, input: Uint8Array): number {
  const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.length);
  let output = view.getInt32(AT.bias2, true);
  for (let unit = 0; unit < HIDDEN; unit++) {
    let sum = view.getInt32(AT.bias1 + 4 * unit, true);
    for (let i = 0; i < INPUTS; i++) {
      sum = (sum + view.getInt8(unit * INPUTS + i) * (((input[i] ?? 0) << 24) >> 24)) | 0;
    }
    const hidden = saturate(shifted(sum, view.getInt8(AT.shift1)));
    output = (output + view.getInt8(AT.weights2 + unit) * hidden) | 0;
  }
  return saturate(shifted(output, view.getInt8(AT.shift2))) & 0xff;
}

/** A checker's own book of the right output of every int8-kernel task, made when the task is submitted. */
export class Truth {
  readonly #right = new Map<string, number>();

  apply({ changes }: ObservedBlock, state: StateReader): void {
    for (const { before, after } of changes.task) {
      if (before === undefined && after?.checkClass === CheckClass.int8Kernel) this.#note(after, state);
    }
  }

  /** The one byte that is right, or undefined for a task that has no provable answer. */
  of(taskId: string): number | undefined {
    return this.#right.get(taskId);
  }

  #note(task: Task, state: StateReader): void {
    const input = readTaskInput(state, task.id);
    const weights = readWeights(state, task.weightHash);
    if (input === undefined || weights === undefined) return;
    this.#right.set(task.id, int8Oracle(weights.parameters, input));
  }
}
