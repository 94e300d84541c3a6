import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, isErrorCode } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import type { z } from 'zod';
import type { RouteAnswer } from '../routes/define-route.ts';
import { type RouteName, type Routes, routes } from '../routes/routes.ts';
import type { AttestationVerdict, GPUAttestation } from '../schemas/attestation.ts';
import type { Block } from '../schemas/block.ts';
import type { ChainConfig, Stats } from '../schemas/chain.ts';
import type { Dispute } from '../schemas/dispute.ts';
import type { ChainEvent } from '../schemas/event.ts';
import type { IndexedReceipt, ReceiptFile, StateProofFile } from '../schemas/proof.ts';
import type { Provider, RewardStats } from '../schemas/provider.ts';
import type { Task, Work } from '../schemas/task.ts';
import type { AccountInfo, SubmitEntry, TransactionInfo, TransactionPlace } from '../schemas/transaction.ts';
import type { CallOptions, ClientOptions, SubmitOptions } from './client-options.ts';
import { readPages } from './read-pages.ts';
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

/** A client of one node. Every method throws AivmError: the node's code, `unreachable`, `timeout`. */
export interface Client {
  readonly url: string;
  /** Any route by its name, as the contract has it. */
  call<N extends RouteName>(
    name: N,
    input: CallInputOf<N>,
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes[N]>>;

  getProviders(options?: CallOptions): Promise<readonly Provider[]>;
  getProvider(id: string, options?: CallOptions): Promise<Provider>;
  getModels(options?: CallOptions): Promise<RouteAnswer<Routes['getModels']>['models']>;
  getTask(id: string, options?: CallOptions): Promise<Task>;
  listTasks(
    query?: CallInputOf<'listTasks'>['query'],
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes['listTasks']>>;
  /** Tasks that wait for a provider; `waitMs` long-polls, `after` asks for work assigned above a height only. */
  getWork(
    provider: string,
    query?: { readonly waitMs?: number; readonly after?: number },
    options?: CallOptions,
  ): Promise<Work>;
  getRewardStats(provider: string, options?: CallOptions): Promise<RewardStats>;
  getStats(options?: CallOptions): Promise<Stats>;
  getMerkle(options?: CallOptions): Promise<RouteAnswer<Routes['getMerkle']>>;
  getHealth(options?: CallOptions): Promise<RouteAnswer<Routes['getHealth']>>;
  getConfig(options?: CallOptions): Promise<ChainConfig>;
  getAccount(address: Uint8Array, options?: CallOptions): Promise<AccountInfo>;
  /** By height, by 32-byte id, by its text, or "latest". */
  getBlock(ref: number | Uint8Array | string, options?: CallOptions): Promise<Block>;
  listBlocks(
    query?: CallInputOf<'listBlocks'>['query'],
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes['listBlocks']>>;
  listEpochs(
    query?: CallInputOf<'listEpochs'>['query'],
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes['listEpochs']>>;
  getReceipt(index: number, options?: CallOptions): Promise<IndexedReceipt>;
  /** Against the last accepted header, or with `anchor` against that of the block that made an anchor. */
  getReceiptProof(
    index: number,
    options?: CallOptions & { readonly anchor?: number | 'latest' },
  ): Promise<ReceiptFile>;
  listAnchors(
    query?: CallInputOf<'listAnchors'>['query'],
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes['listAnchors']>>;
  listDisputes(
    query?: CallInputOf<'listDisputes'>['query'],
    options?: CallOptions,
  ): Promise<RouteAnswer<Routes['listDisputes']>>;
  /** By the hash of its challenge as 0x-hex, or by task: its latest. */
  getDispute(id: string, options?: CallOptions): Promise<Dispute>;
  getStateProof(key: Uint8Array, options?: CallOptions): Promise<StateProofFile>;
  getTransaction(hash: Uint8Array, options?: CallOptions): Promise<TransactionInfo>;
  verifyAttestation(attestation: GPUAttestation, options?: CallOptions): Promise<AttestationVerdict>;
  getOpenapi(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  getMetrics(options?: CallOptions): Promise<string>;

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
}

/** Time that a request takes beside the waiting that it asks for. */
const REQUEST_MS = 10_000;

const blockRefOf = (ref: number | Uint8Array | string): string =>
  ref instanceof Uint8Array ? `0x${bytesToHex(ref)}` : String(ref);

const waitingOptions = (waitMs: number, options: CallOptions): CallOptions => ({
  timeoutMs: waitMs + REQUEST_MS,
  ...options,
});

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
    url: transport.baseUrl,
    call,
    getProviders: (options) =>
      readPages(async (query) => {
        const { providers, next_cursor } = await call('getProviders', { query }, options);
        return { items: providers, next_cursor };
      }),
    getProvider: (id, options) => call('getProvider', { params: { id } }, options),
    getModels: (options) =>
      readPages(async (query) => {
        const { models, next_cursor } = await call('getModels', { query }, options);
        return { items: models, next_cursor };
      }),
    getTask: (id, options) => call('getTask', { query: { id } }, options),
    listTasks: (query = {}, options = {}) => call('listTasks', { query: { limit: 20, ...query } }, options),
    getWork: (id, { waitMs, after } = {}, options = {}) =>
      call(
        'getWork',
        {
          params: { id },
          query: {
            ...(waitMs === undefined ? {} : { wait: waitMs }),
            ...(after === undefined ? {} : { after }),
          },
        },
        waitingOptions(waitMs ?? 0, options),
      ),
    getRewardStats: (provider, options) =>
      call('getRewardStats', { query: { provider_id: provider } }, options),
    getStats: (options) => call('getStats', {}, options),
    getMerkle: (options) => call('getMerkle', {}, options),
    getHealth: (options) => call('getHealth', {}, options),
    getConfig: (options) => call('getConfig', {}, options),
    getAccount: (address, options) => call('getAccount', { params: { address } }, options),
    getBlock: (ref, options) => call('getBlock', { params: { idOrHeight: blockRefOf(ref) } }, options),
    listBlocks: (query = {}, options = {}) => call('listBlocks', { query }, options),
    listEpochs: (query = {}, options = {}) => call('listEpochs', { query }, options),
    getReceipt: (index, options) => call('getReceipt', { params: { index } }, options),
    getReceiptProof: (index, { anchor, ...options } = {}) =>
      call('getReceiptProof', { params: { index }, query: anchor === undefined ? {} : { anchor } }, options),
    listAnchors: (query = {}, options = {}) => call('listAnchors', { query }, options),
    listDisputes: (query = {}, options = {}) => call('listDisputes', { query }, options),
    getDispute: (id, options) => call('getDispute', { params: { id } }, options),
    getStateProof: (key, options) => call('getStateProof', { params: { key } }, options),
    getTransaction: (hash, options) => call('getTransaction', { params: { hash }, query: {} }, options),
    verifyAttestation: (attestation, options) =>
      call('verifyAttestation', { body: { gpu_attestation: attestation } }, options),
    getOpenapi: (options) => call('getOpenapi', {}, options),
    getMetrics: (options) => call('getMetrics', {}, options),
    submitTransaction: (tx, options) => submitTransaction(transport, tx, options),
    submitTransactions: (list, options) => submitTransactions(transport, list, options),
    waitForTransaction: (hash, options) => waitForTransaction(transport, hash, options),
    waitForTask: (id, options) => waitForTask(transport, id, options),
    subscribeEvents: (options) => subscribeEvents(transport, options),
  };
}

/** The refusal in one entry of {@link Client.submitTransactions}; undefined where the node took the transaction. */
export const errorOfEntry = (entry: SubmitEntry): AivmError | undefined =>
  'hash' in entry || !isErrorCode(entry.code) ? undefined : new AivmError(entry.code, entry.detail);
