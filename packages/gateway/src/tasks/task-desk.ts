import { createHash } from 'node:crypto';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
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
const TOKEN_BYTES = 4n;
const DEADLINE_PART = 0.8;
/** Blocks that the fee's floor buys of waiting; what a submission costs more at most where the queue is long. */
const FLOOR_BLOCKS = 1_000;
const ADMISSION_MULTIPLE = 4n;
/** More work than a submission with this input is. */
const WORK = 4_000;
const WORK_PER_BYTE = 4;

interface PriceTerms {
  readonly fee: bigint;
  readonly own: OwnOptions | undefined;
  readonly inputBytes: number;
  readonly deadlineBlocks: number;
}

/** The mode of a task by name. */
export const modeOf = ({ mode }: Task): string => MODES[mode] ?? String(mode);

/** The same name gives the same task, for one key only. */
const taskIdOf = (key: ApiKey, name: string): string =>
  `gw-${createHash('sha256').update(`${key.hash}|${name}`).digest('hex').slice(0, 32)}`;

/** What a task may cost: what its providers are paid for the longest answer, and what may be burned to admit it. */
interface Price {
  readonly parts: bigint;
  readonly maxAdmission: bigint;
}

const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);

/** What a task costs: what is burned, and of the rest what the answer's work is of the longest one's. */
function costOf(task: Task, { model: { network }, maxNew, input }: SubmittedTask, { parts }: Price): bigint {
  if (task.status === 'failed') return task.burned;
  if (task.status === 'completed') return parts;
  if (network === undefined || task.output_bytes === undefined) return task.burned + task.escrow;
  const prompt = input.length / Number(TOKEN_BYTES);
  const added = network.form === 'decoder' ? task.output_bytes.length / Number(TOKEN_BYTES) : 0;
  const most = network.workOf(prompt, maxNew);
  return most === 0n
    ? task.burned + task.escrow
    : task.burned + (task.escrow * network.workOf(prompt, added)) / most;
}

/** Pays for tasks and waits for them. */
export class TaskDesk {
  readonly #options: TaskDeskOptions;

  constructor(options: TaskDeskOptions) {
    this.#options = options;
  }

  connectionOf(key: ApiKey): Connection {
    const connection = this.#options.connections.get(key.account);
    if (connection === undefined)
      throw new AivmError('internal', `API key "${key.name}": no account "${key.account}"`);
    return connection;
  }

  async #priceOf(
    connection: Connection,
    { fee, own, inputBytes, deadlineBlocks }: PriceTerms,
  ): Promise<Price> {
    const { config, params } = await connection.config();
    const floor = params.feeFloor * BigInt(Math.ceil(deadlineBlocks / FLOOR_BLOCKS));
    const work = params.workPrice * BigInt(WORK + WORK_PER_BYTE * inputBytes);
    const maxAdmission = ADMISSION_MULTIPLE * larger(floor, work);
    if (own?.mode !== 'redundant') return { parts: fee, maxAdmission };
    const seats = own.n ?? 2 * config.redundancyFactor - 1;
    return { parts: larger(fee, params.seatFee) * BigInt(seats), maxAdmission };
  }

  /** A task that nobody answers is refunded a little before its client is told that it took too long. */
  async #deadlineOf(connection: Connection): Promise<number> {
    const { params } = await connection.config();
    const blocks = Math.floor((DEADLINE_PART * this.#options.timeoutMs) / params.minBlockIntervalMs);
    return Math.max(1, Math.min(blocks, params.maxDeadlineBlocks));
  }

  /** Counts the task under the key's limits, submits it, and follows it. @throws OpenaiError, AivmError */
  async submit(key: ApiKey, asked: AskedTask): Promise<PaidTask> {
    const { spending } = this.#options;
    const connection = this.connectionOf(key);
    const { model, input, maxNew, own, idempotencyKey, type } = asked;
    const quote = await connection.quote(model, input, maxNew === undefined ? {} : { maxNew });
    const deadlineBlocks = await this.#deadlineOf(connection);
    const { length: inputBytes } = await connection.encode(model, input);
    const price = await this.#priceOf(connection, { fee: quote.fee, own, inputBytes, deadlineBlocks });
    const { parts, maxAdmission } = price;
    const id = taskIdOf(key, idempotencyKey ?? crypto.randomUUID());
    if (!spending.knows(key, id))
      await spending.reserve(key, { taskId: id, model, cost: parts + maxAdmission });
    const { mode, n } = own ?? {};
    const options = { id, fee: quote.fee, maxNew, type, mode, n, deadlineBlocks, maxAdmission };
    const task = await connection.submit(model, input, options).catch(async (error: unknown) => {
      const known = await this.#repeated(connection, error, { id, asked, quote });
      if (known !== undefined) return known;
      const isSent = error instanceof DeliveryError && error.outcome === 'unknown';
      if (!isSent) await spending.settle(key, id, 0n);
      throw isSent ? openaiErrorOf(error, id) : error;
    });
    const posted = this.#follow(key, { connection, task, price });
    // A client that goes away leaves nobody who waits.
    posted.catch(() => undefined);
    return { key, task, connection, posted };
  }

  /** The task that the same request made before. @throws OpenaiError 409 where its name was used for another request */
  async #repeated(
    connection: Connection,
    error: unknown,
    { id, asked: { model, input }, quote }: { id: string; asked: AskedTask; quote: Quote },
  ): Promise<SubmittedTask | undefined> {
    if (!(error instanceof AivmError) || error.code !== 'id_taken') return undefined;
    const task = await connection.client.getTask(id);
    const facts = await connection.model(model);
    const bytes = await connection.encode(model, input);
    if (task.model !== model || !equalBytes(task.input_bytes, bytes))
      throw new OpenaiError('Idempotency-Key: it was used for another request', {
        ...{ status: 409, type: 'invalid_request_error', code: 'idempotency_key_reused' },
      });
    return {
      ...{ id, model: facts, input: bytes, ...quote, height: task.created_at_height },
      transaction: new Uint8Array(0),
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
      throw openaiErrorOf(error, task.id);
    }
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
