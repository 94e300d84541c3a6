import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import type { TaskRecord } from '../../state/records/task.ts';

/** Which facts of a task an operation names. */
export interface NamedFacts {
  readonly attempt: number;
  readonly inputHash: Uint8Array;
  readonly weightHash: Uint8Array;
}

/** Refuses what fits no longer, or never did. @throws AivmError `stale_facts`. */
export const requireFact = (condition: boolean, detail: () => string): void =>
  requireThat(condition, 'stale_facts', detail);

/**
 * Refuses an operation about other facts than those that the task bound: whoever computes with other weights, for another
 * input or another attempt would answer for a question that nobody asked.
 * @throws AivmError `stale_facts`.
 */
export function requireFacts(task: TaskRecord, named: NamedFacts): void {
  requireFact(
    named.attempt === task.attempt,
    () => `attempt ${named.attempt}: task "${task.id}" is at attempt ${task.attempt}`,
  );
  requireFact(
    equalBytes(named.inputHash, task.inputHash),
    () => `inputHash: not the input of task "${task.id}"`,
  );
  requireFact(
    equalBytes(named.weightHash, task.weightHash),
    () => `weightHash: not the weights that task "${task.id}" bound`,
  );
}
