import type { Client } from '../client/create-client.ts';
import type { EventPlace } from '../shapes/event-shape.ts';
import { explainTask } from './explain-task.ts';
import type { TaskProgress } from './task-result.ts';

/** Where a watch begins and how it ends. */
export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A task after one of its changes. */
export interface TaskChange extends TaskProgress {
  /** Where the change stands in the chain; undefined for the task as it was found. */
  readonly place: EventPlace | undefined;
}

const isEnded = ({ task }: TaskProgress): boolean => task.status === 'completed' || task.status === 'failed';

/**
 * The task as it is, then after every change, until it has ended. A stream that breaks is opened again where it broke.
 * @throws AivmError `task_not_found`, `unreachable` after too many failures in a row, or the signal's reason
 */
export async function* watchTask(
  client: Client,
  id: string,
  { signal }: WatchOptions = {},
): AsyncGenerator<TaskChange, void, undefined> {
  const calls = signal === undefined ? {} : { signal };
  // Read first: what happens between the two is seen twice, and never missed.
  const { height } = await client.getHealth(calls);
  const read = async (place: EventPlace | undefined): Promise<TaskChange> => {
    const task = await client.getTask(id, calls);
    return { task, why: explainTask(task), place };
  };
  let last = await read(undefined);
  yield last;
  if (isEnded(last)) return;
  for await (const event of client.subscribeEvents({ after: { height, index: 0 }, ...calls })) {
    if (!('task_id' in event) || event.task_id !== id) continue;
    const now = await read({ height: event.height, index: event.index });
    const isNew = now.why !== last.why || event.kind === 'dispute';
    last = now;
    if (isNew) yield now;
    if (isEnded(now)) return;
  }
}
