import { readPanel, readSeat, readTask, type StateReader } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';

/** Stands for "as the task's record has it" in an operation of the tests; told by its identity. */
export const OF_TASK: Uint8Array = new Uint8Array(32);
/** The same for a number. */
export const OF_RECORD = -1;

/** Members of an answer, a commitment, a reveal or a challenge that {@link fillFacts} fills in. */
export const ANSWER_FACTS = { attempt: OF_RECORD, inputHash: OF_TASK, weightHash: OF_TASK } as const;
export const SEAT_FACTS = { ...ANSWER_FACTS, panel: OF_RECORD, round: OF_RECORD, seat: OF_RECORD } as const;
export const CLAIM_FACTS = { ...ANSWER_FACTS, panel: OF_RECORD, postedHash: OF_TASK } as const;

/** The place of a provider on the panel of a task; zeros where it has none. */
export function seatOf(state: StateReader, taskId: string, provider: string) {
  const panel = readPanel(state, taskId);
  if (panel === undefined) return { panel: 0, round: 0, seat: 0 };
  const places = Array.from({ length: panel.n }, (_, i) => i);
  const seat = places.find((i) => readSeat(state, taskId, i)?.provider === provider) ?? 0;
  return { panel: panel.number, round: readSeat(state, taskId, seat)?.round ?? panel.round, seat };
}

/** What the record of a task binds; zeros where there is no such task. */
export function factsOf(state: StateReader, taskId: string) {
  const task = readTask(state, taskId);
  const zero = new Uint8Array(32);
  return {
    attempt: task?.attempt ?? 0,
    inputHash: task?.inputHash ?? zero,
    weightHash: task?.weightHash ?? zero,
  };
}

/** The operation with every fact that it leaves to the record filled in from the state. */
export function fillFacts(state: StateReader, operation: Operation): Operation {
  if (!('inputHash' in operation)) return operation;
  const { taskId } = operation;
  const task = readTask(state, taskId);
  const place =
    operation.kind === 'challenge' || operation.kind === 'submitResult'
      ? { panel: task?.panels ?? 0 }
      : seatOf(state, taskId, operation.provider);
  const postedHash = task?.outputHash ?? new Uint8Array(32);
  const known: Readonly<Record<string, unknown>> = { ...factsOf(state, taskId), ...place, postedHash };
  const filled = Object.entries(operation).map(([name, value]) => [
    name,
    value === OF_TASK || value === OF_RECORD ? known[name] : value,
  ]);
  return Object.fromEntries(filled) as Operation;
}
