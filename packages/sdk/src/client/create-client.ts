import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, isErrorCode } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import type { z } from 'zod';
import type { RouteAnswer } from '../routes/define-route.ts';
import { type RouteName, type Routes, routes } from '../routes/routes.ts';
import type { Block } from '../schemas/block.ts';
import type { ChainEvent } from '../schemas/event.ts';
import type { Provider } from '../schemas/provider.ts';
import type { Task } from '../schemas/task.ts';
import type { SubmitEntry, TransactionInfo, TransactionPlace } from '../schemas/transaction.ts';
import type { CallOptions, ClientOptions, SubmitOptions } from './client-options.ts';
import type { Clock } from './clock.ts';
import {
  type BlobPiece,
  type FetchBlobOptions,
  fetchBlob,
  type PutBlobParameters,
  putBlob,
} from './fetch-blob.ts';
import { readPages } from './read-pages.ts';
import { createRouteMethods, type RouteMethods } from './route-methods.ts';
import { submitTransaction, submitTransactions } from './submit.ts';
import { type SubscribeOptions, subscribeEvents } from './subscribe-events.ts';
import { createTransport } from './transport.ts';
import { type TaskWaitOptions, type WaitOptions, waitForTask, waitForTransaction } from './wait.ts';

type InputOf<R, K extends 'params' | 'query' | 'body'> = R extends {
  readonly [P in K]: infer S extends z.ZodType;
}
  ? Partial<Record<never, never>> extends z.output<S>
    ? { readonly [P in K]?: z.output<S> }
    : { readonly [P in K]: z.output<S> }
  : unknown;

/** What a call of route `N` takes. */
export type CallInputOf<N extends RouteName> = InputOf<Routes[N], 'params'> &
  InputOf<Routes[N], 'query'> &
  InputOf<Routes[N], 'body'>;

/**
 * A client of one node. Every method throws AivmError: the node's code, `unreachable`, `timeout`. Each read of the contract
 * has the method of its name, which takes the path's parameter, then the query, then options: `getTask(id)`,
 * `getWork(provider, { wait: 30_000 })`, `getStats()`. A call with a `wait` may take that much longer.
 */
export interface Client extends RouteMethods {
  readonly url: string;
  /** What it reads the time from. */
  readonly clock: Clock;
  /** Any route by its name, as the contract has it. */
  call<N extends RouteName>(
    name: N,
    input: CallInputOf<N>,
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes[N]>>;

  /** All pages. */
  getProviders(options?: CallOptions): Promise<readonly Provider[]>;
  /** All pages. */
  getModels(options?: CallOptions): Promise<RouteAnswer<Routes['getModels']>['models']>;
  /** A page of 20 unless `limit` says otherwise. */
  listTasks(
    query?: CallInputOf<'listTasks'>['query'],
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes['listTasks']>>;
  /** By height, by 32-byte id, by its text, or "latest". */
  getBlock(ref: number | Uint8Array | string, options?: CallOptions): Promise<Block>;

  /** Posts a signed transaction. Safe to repeat: a transaction takes effect at most once. */
  submitTransaction(tx: Transaction | Uint8Array, options?: SubmitOptions): Promise<TransactionPlace>;
  /** Posts up to 1,000; every entry is answered on its own. */
  submitTransactions(
    list: readonly (Transaction | Uint8Array)[],
    options?: SubmitOptions,
  ): Promise<readonly SubmitEntry[]>;
  waitForTransaction(hash: Uint8Array, options?: WaitOptions): Promise<TransactionInfo>;
  /** The task once it has an answer, can be relied on, or (the default) has ended. */
  waitForTask(id: string, options?: TaskWaitOptions): Promise<Task>;
  /** Events of accepted blocks, resumed where a stream breaks. */
  subscribeEvents(options?: SubscribeOptions): AsyncGenerator<ChainEvent>;
  /** A blob of weights in pieces, each verified against the hash before it is given. */
  fetchBlob(options: FetchBlobOptions): AsyncGenerator<BlobPiece, void, undefined>;
  /** Stores the weights of a registered network at the node; those that are there are no error. */
  putBlob(blob: PutBlobParameters, options?: CallOptions): Promise<void>;
}

const blockRefOf = (ref: number | Uint8Array | string): string =>
  ref instanceof Uint8Array ? `0x${bytesToHex(ref)}` : String(ref);

/**
 * A client of the node at `url`. Works in browsers and in Node.
 * @throws TypeError when `url` is not an http address.
 * @example const client = createClient({ url: 'http://127.0.0.1:9650' }); await client.getTask('t-1');
 */
export function createClient(clientOptions: ClientOptions): Client {
  const transport = createTransport(clientOptions);
  const call = <N extends RouteName>(
    name: N,
    input: CallInputOf<N>,
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes[N]>> =>
    transport.call(routes[name], input as object, options) as Promise<RouteAnswer<Routes[N]>>;

  return {
    ...createRouteMethods((route, input, options) => transport.call(route, input, options)),
    url: transport.baseUrl,
    clock: transport.clock,
    call,
    getProviders: (options) =>
      readPages(async (query) => {
        const { providers, next_cursor } = await call('getProviders', { query }, options);
        return { items: providers, next_cursor };
      }),
    getModels: (options) =>
      readPages(async (query) => {
        const { models, next_cursor } = await call('getModels', { query }, options);
        return { items: models, next_cursor };
      }),
    // Without a query the path is that of the stats.
    listTasks: (query = {}, options = {}) => call('listTasks', { query: { limit: 20, ...query } }, options),
    getBlock: (ref, options) => call('getBlock', { params: { idOrHeight: blockRefOf(ref) } }, options),
    submitTransaction: (tx, options) => submitTransaction(transport, tx, options),
    submitTransactions: (list, options) => submitTransactions(transport, list, options),
    waitForTransaction: (hash, options) => waitForTransaction(transport, hash, options),
    waitForTask: (id, options) => waitForTask(transport, id, options),
    subscribeEvents: (options) => subscribeEvents(transport, options),
    fetchBlob: (options) => fetchBlob(transport, options),
    putBlob: (blob, options) => putBlob(transport, blob, options),
  };
}

/**
 * The refusal in one entry of {@link Client.submitTransactions}; undefined where the node took the transaction.
 * @example errorOfEntry({ code: 'nonce_gap', detail: 'nonce 9, next is 4' }).code // 'nonce_gap'
 */
export const errorOfEntry = (entry: SubmitEntry): AivmError | undefined =>
  'hash' in entry || !isErrorCode(entry.code) ? undefined : new AivmError(entry.code, entry.detail);
