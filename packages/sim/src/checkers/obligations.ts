import { type TaskRecord as Task, TaskStatus } from '@aivm/core/state';
import type { ObservedBlock } from './checker.ts';

/** What an open task of one provider holds of that provider's bond. */
const ofTask = (task: Task | undefined): readonly [provider: string, amount: bigint] | undefined =>
  task === undefined || task.assignedTo === '' || task.status >= TaskStatus.completed
    ? undefined
    : [task.assignedTo, task.reservation];

/** A checker's own book of what every provider's bond answers for, from tasks alone: seats reserve nothing. */
export class Obligations {
  readonly #held = new Map<string, bigint>();

  of(provider: string): bigint {
    return this.#held.get(provider) ?? 0n;
  }

  /** Moves on by one block. @returns the providers whose obligations may have changed. */
  apply({ changes }: ObservedBlock): ReadonlySet<string> {
    const touched = new Set<string>();
    const add = (of: readonly [string, bigint] | undefined, sign: bigint): void => {
      if (of === undefined) return;
      const [provider, amount] = of;
      touched.add(provider);
      this.#held.set(provider, this.of(provider) + sign * amount);
    };
    for (const { before, after } of changes.task) {
      add(ofTask(before), -1n);
      add(ofTask(after), 1n);
    }
    return touched;
  }
}
