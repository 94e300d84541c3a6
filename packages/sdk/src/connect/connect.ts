import { textToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import type { CallOptions, ClientOptions } from '../client/client-options.ts';
import { type Client, createClient } from '../client/create-client.ts';
import type { ChainConfig } from '../schemas/chain.ts';
import type { ModelInfo } from '../schemas/model.ts';
import type { Provider } from '../schemas/provider.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import { createSender, type Sender, type SendOptions } from '../sender/create-sender.ts';
import type { TransactionJournal } from '../sender/journal.ts';
import type { OperationInput } from '../sender/operation-defaults.ts';
import type { Signer } from '../wallet/wallet.ts';
import { type Account, signerOf } from './account.ts';
import { createFactsReader, type ModelFacts } from './model-facts.ts';
import { inputToBytes } from './model-payload.ts';
import { type DisputeOptions, openDispute } from './open-dispute.ts';
import { type OutputPiece, type StreamOptions, streamTask } from './stream-task.ts';
import {
  type Quote,
  quoteTask,
  type SubmitTaskOptions,
  type SubmittedTask,
  submitTask,
} from './submit-task.ts';
import { type ResultOptions, readResult, type TaskResult } from './task-result.ts';
import { type TaskChange, type WatchOptions, watchTask } from './watch-task.ts';

/** How a task is submitted, and how long its answer is waited for. */
export type RunOptions = SubmitTaskOptions & ResultOptions;

/** How a connection is made, besides its address. */
export interface ConnectOptions extends Omit<ClientOptions, 'url'> {
  /** Addresses of other nodes that must have the block under which a receipt is proven. */
  readonly witnesses?: readonly string[];
  /** Where signed transactions are remembered; in memory when left out. */
  readonly journal?: TransactionJournal;
}

/** A chain, and the account that acts on it. */
export interface Connection {
  /** Every route of the node. */
  readonly client: Client;
  /** Submits a task, waits for its answer and holds it against the chain. */
  run(model: string, input: unknown, options?: RunOptions): Promise<TaskResult>;
  /** The first half of `run`: the task is in a block. */
  submit(model: string, input: unknown, options?: SubmitTaskOptions): Promise<SubmittedTask>;
  /** The second half of `run`, for a task of anybody. */
  result(id: string, options?: ResultOptions): Promise<TaskResult>;
  /** The task as it is, then after every change until its end; a broken stream is resumed. */
  watchTask(id: string, options?: WatchOptions): AsyncGenerator<TaskChange, void, undefined>;
  /** What the drawn provider says while it works, where it streams: its word only, until the answer is posted. */
  streamTask(id: string, options?: StreamOptions): AsyncGenerator<OutputPiece, void, undefined>;
  /** What `run` would pay. */
  quote(model: string, input: unknown, options?: { readonly maxNew?: number }): Promise<Quote>;
  /** The bytes that an input is on chain. */
  encode(model: string, input: unknown): Promise<Uint8Array>;
  /** What genesis fixed; read once. */
  config(): Promise<ChainConfig>;
  models(options?: CallOptions): Promise<readonly ModelInfo[]>;
  /** A model with what an integer network takes, as the state proves it. */
  model(id: string): Promise<ModelFacts>;
  providers(options?: CallOptions): Promise<readonly Provider[]>;
  provider(id: string, options?: CallOptions): Promise<Provider>;
  /** Challenges a posted answer with the right one. Answers of networks are disputed by a watcher. */
  dispute(taskId: string, options: DisputeOptions): Promise<TransactionInfo>;
  /** Of an address, or of the account, in the smallest unit. */
  balance(address?: string): Promise<bigint>;
  /** Sends money; `to` is an address. */
  transfer(to: string, amount: bigint, options?: SendOptions): Promise<TransactionInfo>;
  /** Any operation, signed by the account; members that have a default may be left out. */
  send(operation: OperationInput, options?: SendOptions): Promise<TransactionInfo>;
  /** The account's signer. @throws AivmError `unsigned` without an account */
  signer(): Promise<Signer>;
}

/**
 * One object for a chain: ask a model, check the answer, send money.
 *
 * @param url address of a node, e.g. "http://127.0.0.1:9650"
 * @param account who signs: a wallet, a viem account, or an EIP-1193 provider; without one it only reads
 * @throws TypeError when `url` is not an http address
 * @example (await connect(url, wallet).result('t-1')).settlement // 'final'
 */
export function connect(url: string, account?: Account, options: ConnectOptions = {}): Connection {
  const { witnesses: urls = [], journal, ...clientOptions } = options;
  const client = createClient({ ...clientOptions, url });
  const witnesses = urls.map((witness) => createClient({ ...clientOptions, url: witness }));
  const facts = createFactsReader(client);
  let signing: Promise<Signer> | undefined;
  let sending: Promise<Sender> | undefined;

  const signer = (): Promise<Signer> => {
    if (account === undefined)
      return Promise.reject(new AivmError('unsigned', 'connect was given no account: connect(url, account)'));
    // A wallet that refused is asked again.
    signing ??= signerOf(account).catch((error: unknown) => {
      signing = undefined;
      throw error;
    });
    return signing;
  };
  const sender = async (): Promise<Sender> => {
    const wallet = await signer();
    sending ??= Promise.resolve(
      createSender({ client, wallet, ...(journal === undefined ? {} : { journal }) }),
    );
    return sending;
  };
  const parts = { client, facts, sender, witnesses };

  return {
    client,
    run: async (model, input, runOptions = {}) => {
      const { id } = await submitTask(parts, model, input, runOptions);
      return readResult(parts, id, runOptions);
    },
    submit: (model, input, submitOptions) => submitTask(parts, model, input, submitOptions),
    result: (id, resultOptions) => readResult(parts, id, resultOptions),
    watchTask: (id, watchOptions) => watchTask(client, id, watchOptions),
    streamTask: (id, streamOptions) => streamTask({ ...parts, signer }, id, streamOptions),
    quote: async (id, input, { maxNew } = {}) => {
      const model = await facts.getModel(id);
      return quoteTask(facts, model, await inputToBytes(input, model), maxNew);
    },
    encode: async (id, input) => inputToBytes(input, await facts.getModel(id)),
    config: () => facts.getConfig(),
    models: (callOptions) => client.getModels(callOptions),
    model: (id) => facts.getModel(id),
    providers: (callOptions) => client.getProviders(callOptions),
    provider: (id, callOptions) => client.getProvider(id, callOptions),
    dispute: (taskId, disputeOptions) => openDispute(parts, taskId, disputeOptions),
    balance: async (address) => {
      const of = address === undefined ? (await signer()).addressBytes : textToAddress(address, 'address');
      return (await client.getAccount(of)).balance;
    },
    transfer: async (to, amount, sendOptions) =>
      (await sender()).send({ kind: 'transfer', to: textToAddress(to, 'to'), amount }, sendOptions),
    send: async (operation, sendOptions) => (await sender()).send(operation, sendOptions),
    signer,
  };
}
