import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { routes } from '../routes/routes.ts';
import { WAIT_MS_MAX } from '../schemas/scalars.ts';
import type { Task } from '../schemas/task.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import { type CallOptions, sleep } from './client-options.ts';
import type { Transport } from './transport.ts';

/** How long to wait and for what. */
export interface WaitOptions {
  /** Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** `accepted`: in a block. `final`: the task that it is about has ended as well. Default `accepted`. */
  readonly until?: 'accepted' | 'final';
}

const TIMEOUT_MS = 60_000;
/** Beside the waiting that the node does, a request takes its own time. */
const REQUEST_MS = 10_000;
const POLL_MS = { first: 50, max: 1_000 } as const;

const callOptions = (signal: AbortSignal | undefined, timeoutMs: number): CallOptions =>
  signal === undefined ? { timeoutMs } : { signal, timeoutMs };

/** @throws AivmError `timeout`, or `not_found` where the node does not (or no longer) know the transaction. */
export async function waitForTransaction(
  transport: Transport,
  hash: Uint8Array,
  options: WaitOptions = {},
): Promise<TransactionInfo> {
  const until = options.until ?? 'accepted';
  const endsAt = transport.clock.now() + (options.timeoutMs ?? TIMEOUT_MS);
  for (;;) {
    const wait = Math.min(WAIT_MS_MAX / 2, Math.max(0, endsAt - transport.clock.now()));
    const input = { params: { hash }, query: { wait, until } };
    const info = (await transport.call(
      routes.getTransaction,
      input,
      callOptions(options.signal, wait + REQUEST_MS),
    )) as TransactionInfo;
    if (info.state === 'final' || info.state === until) return info;
    if (transport.clock.now() >= endsAt) {
      throw new AivmError('timeout', `transaction 0x${bytesToHex(hash)} is still ${info.state}`);
    }
  }
}

/** How far a task is: it has an answer; the answer can be relied on; nothing changes any more. */
export type TaskMilestone = 'posted' | 'usable' | 'final';

/** How long to wait for a task, and for what. */
export interface TaskWaitOptions extends Omit<WaitOptions, 'until'> {
  /** Default `final`. A task that ends without an answer ends every wait. */
  readonly until?: TaskMilestone;
  /** Called with the task as it is first, and after every change of its state, provider, panel or reason of waiting. */
  readonly onChange?: (task: Task) => void;
}

const isEnded = ({ status }: Task): boolean => status === 'completed' || status === 'failed';

const REACHED: Readonly<Record<TaskMilestone, (task: Task) => boolean>> = {
  posted: ({ output_bytes }) => output_bytes !== undefined,
  usable: ({ usable }) => usable,
  final: () => false,
};

const stateOf = ({ status, settlement, usable, assigned_to, wait_reason, attempt, panel }: Task): string =>
  JSON.stringify([status, settlement, usable, assigned_to, wait_reason, attempt, panel]);

/**
 * The task once it has got as far as `until`, or has ended.
 *
 * @throws AivmError `timeout` with the state that the task is in and why it waits, `task_not_found`
 */
export async function waitForTask(
  transport: Transport,
  id: string,
  options: TaskWaitOptions = {},
): Promise<Task> {
  const { until = 'final', onChange } = options;
  const endsAt = transport.clock.now() + (options.timeoutMs ?? TIMEOUT_MS);
  let shown = '';
  for (let pause: number = POLL_MS.first; ; pause = Math.min(POLL_MS.max, pause * 2)) {
    const task = (await transport.call(
      routes.getTask,
      { query: { id } },
      callOptions(options.signal, REQUEST_MS),
    )) as Task;
    if (stateOf(task) !== shown) onChange?.(task);
    shown = stateOf(task);
    if (isEnded(task) || REACHED[until](task)) return task;
    if (transport.clock.now() + pause >= endsAt) {
      const why = task.wait_reason === undefined ? '' : ` (${task.wait_reason})`;
      throw new AivmError('timeout', `task "${id}" is still ${task.status}${why}`);
    }
    await sleep(pause, options.signal, transport.clock);
  }
}
