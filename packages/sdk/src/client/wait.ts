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
  const endsAt = Date.now() + (options.timeoutMs ?? TIMEOUT_MS);
  for (;;) {
    const wait = Math.min(WAIT_MS_MAX / 2, Math.max(0, endsAt - Date.now()));
    const input = { params: { hash }, query: { wait, until } };
    const info = (await transport.call(
      routes.getTransaction,
      input,
      callOptions(options.signal, wait + REQUEST_MS),
    )) as TransactionInfo;
    if (info.state === 'final' || info.state === until) return info;
    if (Date.now() >= endsAt) {
      throw new AivmError('timeout', `transaction 0x${bytesToHex(hash)} is still ${info.state}`);
    }
  }
}

/** The task once it is completed or failed. @throws AivmError `timeout`, `task_not_found`. */
export async function waitForTask(
  transport: Transport,
  id: string,
  options: Omit<WaitOptions, 'until'> = {},
): Promise<Task> {
  const endsAt = Date.now() + (options.timeoutMs ?? TIMEOUT_MS);
  for (let pause: number = POLL_MS.first; ; pause = Math.min(POLL_MS.max, pause * 2)) {
    const task = (await transport.call(
      routes.getTask,
      { query: { id } },
      callOptions(options.signal, REQUEST_MS),
    )) as Task;
    if (task.status === 'completed' || task.status === 'failed') return task;
    if (Date.now() + pause >= endsAt) throw new AivmError('timeout', `task "${id}" is still ${task.status}`);
    await sleep(pause, options.signal);
  }
}
