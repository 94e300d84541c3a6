import { createHash } from 'node:crypto';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  type ChainConfig,
  type Connection,
  DeliveryError,
  type Quote,
  type SubmittedTask,
  type Task,
  TaskFailedError,
  type TaskResult,
} from '@aivm/sdk';
import type { ApiKey } from '../accounts/api-keys.ts';
import type { Spending } from '../accounts/spending.ts';
import { OpenaiError, openaiErrorOf } from '../openai/openai-error.ts';
import type { OwnOptions } from '../openai/requests.ts';
import { costOf, type Price, priceOf } from './task-price.ts';

/** What a key asks of the chain. */
export interface AskedTask {
  readonly model: string;
  readonly input: unknown;
  readonly maxNew?: number | undefined;
  readonly own: OwnOptions | undefined;
  /** The caller's own name for the request: a repeat under it pays once. */
  readonly idempotencyKey?: string | undefined;
  readonly type?: 'inference' | 'embedding' | undefined;
}

/** A task that was paid for. */
export interface PaidTask {
  readonly key: ApiKey;
  readonly task: SubmittedTask;
  readonly connection: Connection;
  /** The posted answer, whoever still waits for it. */
  readonly posted: Promise<TaskResult>;
}

export interface TaskDeskOptions {
  /** By the name of an account. */
  readonly connections: ReadonlyMap<string, Connection>;
  readonly spending: Spending;
  /** How long an answer is waited for, milliseconds. */
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
}

const MODES = ['chain', 'redundant', 'tee'] as const;
const DEADLINE_PART = 0.8;
/** How long a task is followed that its client was told takes too long: a day. */
const LATE_MS = 86_400_000;

/** The mode of a task by name. */
export const modeOf = ({ mode }: Task): string => MODES[mode] ?? String(mode);

/** The same name gives the same task, for one key only. */
const taskIdOf = (key: ApiKey, name: string): string =>
  `gw-${createHash('sha256').update(`${key.hash}|${name}`).digest('hex').slice(0, 32)}`;

/** One request, with what it comes to on the chain. */
interface Call {
  readonly key: ApiKey;
  readonly connection: Connection;
  readonly id: string;
  readonly asked: AskedTask;
  readonly quote: Quote;
  readonly bytes: Uint8Array;
  readonly price: Price;
  readonly deadlineBlocks: number;
}

/** Throws what came, once `end` is done. */
const thrownAfter =
  (end: () => Promise<void>) =>
  async (error: unknown): Promise<never> => {
    await end();
    throw error;
  };

/** Pays for tasks and waits for them. */
export class TaskDesk {
  readonly #options: TaskDeskOptions;
  /** When the last request under an id that is being submitted is over. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: TaskDeskOptions) {
    this.#options = options;
  }

  connectionOf(key: ApiKey): Connection {
    const connection = this.#options.connections.get(key.account);
    if (connection === undefined)
      throw new AivmError('internal', `API key "${key.name}": no account "${key.account}"`);
    return connection;
  }

  /** A task that nobody answers is refunded a little before its client is told that it took too long. */
  #deadlineOf({ params }: ChainConfig): number {
    const blocks = Math.floor((DEADLINE_PART * this.#options.timeoutMs) / params.minBlockIntervalMs);
    return Math.max(1, Math.min(blocks, params.maxDeadlineBlocks));
  }

  /** Counts the task under the key's limits, submits it, and follows it. @throws OpenaiError, AivmError */
  async submit(key: ApiKey, asked: AskedTask): Promise<PaidTask> {
    const connection = this.connectionOf(key);
    const { model, input, maxNew, own, idempotencyKey } = asked;
    const quote = await connection.quote(model, input, maxNew === undefined ? {} : { maxNew });
    const config = await connection.config();
    const deadlineBlocks = this.#deadlineOf(config);
    const bytes = await connection.encode(model, input);
    const { info } = await connection.model(model);
    const price = priceOf(config, { fee: quote.fee, own, info, inputBytes: bytes.length, deadlineBlocks });
    const id = taskIdOf(key, idempotencyKey ?? crypto.randomUUID());
    const call = { key, connection, id, asked, quote, bytes, price, deadlineBlocks };
    const task = await this.#inTurn(id, async () => {
      const known = idempotencyKey === undefined ? undefined : await this.#submittedBefore(call);
      return known ?? this.#pay(call);
    });
    const posted = this.#follow(key, { connection, task, price });
    // A client that goes away leaves nobody who waits.
    posted.catch(() => undefined);
    return { key, task, connection, posted };
  }

  /** Requests under one name come one after the other, so that each sees what the one before has paid. */
  async #inTurn<T>(id: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(run);
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(id, over);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === over) this.#turns.delete(id);
    }
  }

  async #pay(call: Call): Promise<SubmittedTask> {
    const { key, connection, id, asked, quote, price, deadlineBlocks } = call;
    const { model, input, maxNew, own, type } = asked;
    const { parts, maxAdmission } = price;
    const release = await this.#options.spending.reserve(key, {
      ...{ taskId: id, model, cost: parts + maxAdmission },
    });
    const { mode, n } = own ?? {};
    const options = { id, fee: quote.fee, maxNew, type, mode, n, deadlineBlocks, maxAdmission };
    try {
      return await connection.submit(model, input, options);
    } catch (error) {
      if (error instanceof DeliveryError && error.outcome === 'unknown') throw openaiErrorOf(error, id);
      const isTaken = error instanceof AivmError && error.code === 'id_taken';
      const known = isTaken ? await this.#submittedBefore(call).catch(thrownAfter(release)) : undefined;
      if (known !== undefined) return known;
      await release();
      throw error;
    }
  }

  /** The task that the same request made before. @throws OpenaiError 409 where its id is that of another request */
  async #submittedBefore(call: Call): Promise<SubmittedTask | undefined> {
    const { connection, id, asked, quote, bytes } = call;
    const task = await connection.client.getTask(id).catch((error: unknown) => {
      if (error instanceof AivmError && error.code === 'task_not_found') return undefined;
      throw error;
    });
    if (task === undefined) return undefined;
    const { addressBytes } = await connection.signer();
    const { model, own, type = 'inference' } = asked;
    const isSame =
      equalBytes(task.requester, addressBytes) &&
      task.model === model &&
      task.type === type &&
      (own?.mode !== 'redundant' || modeOf(task) === 'redundant') &&
      // The fee says how long the answer may be.
      task.fee === quote.fee &&
      equalBytes(task.input_bytes, bytes);
    if (!isSame)
      throw new OpenaiError('Idempotency-Key: it was used for another request', {
        ...{ status: 409, type: 'invalid_request_error', code: 'idempotency_key_reused' },
      });
    return {
      ...{ id, model: await connection.model(model), input: bytes, ...quote },
      ...{ height: task.created_at_height, transaction: new Uint8Array(0) },
    };
  }

  async #follow(
    key: ApiKey,
    { connection, task, price }: { connection: Connection; task: SubmittedTask; price: Price },
  ): Promise<TaskResult> {
    const { spending, timeoutMs, closing } = this.#options;
    try {
      const result = await connection.result(task.id, { until: 'posted', timeoutMs, signal: closing });
      await spending.settle(key, task.id, costOf(result.task, task, price));
      return result;
    } catch (error) {
      if (error instanceof TaskFailedError)
        await spending.settle(key, task.id, costOf(error.task, task, price));
      else void this.#settleLate(key, connection, task.id, (late) => costOf(late, task, price));
      throw openaiErrorOf(error, task.id);
    }
  }

  /** What becomes of a task that nobody waits for any more is counted all the same. */
  async #settleLate(
    key: ApiKey,
    connection: Connection,
    id: string,
    costOfAnswer: (task: Task) => bigint,
  ): Promise<void> {
    const { spending, closing } = this.#options;
    const wait = { until: 'posted', timeoutMs: LATE_MS, signal: closing } as const;
    try {
      const { task } = await connection.result(id, wait);
      await spending.settle(key, id, costOfAnswer(task));
    } catch (error) {
      // Otherwise the most that it can cost stays counted.
      if (error instanceof TaskFailedError)
        await spending.settle(key, id, error.task.burned).catch(() => undefined);
    }
  }

  /** Follows the tasks that were under way when the last process ended: an answered one counts with the most it could cost. */
  resume(keys: readonly ApiKey[]): void {
    for (const key of keys)
      for (const { taskId, state, cost } of this.#options.spending.entriesOf(key))
        if (state === 'reserved') void this.#settleLate(key, this.connectionOf(key), taskId, () => cost);
  }

  /** The answer once it is as far as the request asks. @throws OpenaiError that names the task */
  async result(
    { key, task, connection, posted }: PaidTask,
    until: 'posted' | 'usable' | 'final',
    signal: AbortSignal,
  ): Promise<TaskResult> {
    const first = await untilAborted(posted, signal);
    if (until === 'posted' || (until === 'usable' && first.usable)) return first;
    const { timeoutMs } = this.#options;
    try {
      return await connection.result(task.id, { until, timeoutMs, signal });
    } catch (error) {
      if (error instanceof TaskFailedError)
        await this.#options.spending.settle(key, task.id, error.task.burned);
      throw openaiErrorOf(error, task.id);
    }
  }
}

/** Waits, but not longer than the one who asked. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
