import type { Codec } from '../bytes/codec/codec.ts';
import { u32 } from '../bytes/codec/primitives.ts';
import { bytesToUtf8 } from '../bytes/utf8.ts';
import { AivmError, assert } from '../errors/aivm-error.ts';
import type { Config } from './config.ts';
import { stateKeys } from './keys.ts';
import { parametersCodec } from './parameters-record.ts';
import type { Params } from './params.ts';
import { EMPTY_FRONTIER, type ReceiptFrontier, receiptFrontierCodec } from './receipts-tree/frontier.ts';
import { type Account, accountCodec, EMPTY_ACCOUNT } from './records/account.ts';
import { type Chain, chainCodec, type Epoch, epochCodec } from './records/chain.ts';
import { type ModelRecord, modelCodec, type WeightsRecord, weightsCodec } from './records/model.ts';
import { type NetworkRecord, networkRecordCodec } from './records/network.ts';
import { NEW_OPERATOR, type Operator, operatorCodec } from './records/operator.ts';
import { type ProviderRecord, ProviderStatus, providerCodec } from './records/provider.ts';
import { Settlement, type TaskRecord, taskCodec } from './records/task.ts';
import { type Game, gameCodec, type Trial, trialCodec } from './records/trial.ts';
import type { StateReader } from './state-view.ts';
import { parseStored } from './stored-record.ts';

/** The parsed value under `key`, or undefined. */
export function readRecord<T>(state: StateReader, key: Uint8Array, codec: Codec<T>): T | undefined {
  if (state.record !== undefined) return state.record(key, codec);
  const value = state.get(key);
  return value === undefined ? undefined : parseStored(codec, value);
}

/** The facts of the chain as a whole. */
export function readChain(state: StateReader): Chain {
  const chain = readRecord(state, stateKeys.chain(), chainCodec);
  assert(chain !== undefined, 'a state without its chain record');
  return chain;
}

/** Configuration and parameters that genesis fixed. */
export function readParams(state: StateReader): { readonly config: Config; readonly params: Params } {
  const parameters = readRecord(state, stateKeys.parameters(), parametersCodec);
  assert(parameters !== undefined, 'a state without parameters');
  return parameters as { config: Config; params: Params };
}

/** The account of an address; all zeros where it was never touched. */
export const readAccount = (state: StateReader, address: Uint8Array): Account =>
  readRecord(state, stateKeys.account(address), accountCodec) ?? EMPTY_ACCOUNT;

export const readOperator = (state: StateReader, address: Uint8Array): Operator =>
  readRecord(state, stateKeys.operator(address), operatorCodec) ?? NEW_OPERATOR;

export const readProvider = (state: StateReader, id: string): ProviderRecord | undefined =>
  readRecord(state, stateKeys.provider(id), providerCodec);

export const readModel = (state: StateReader, id: string): ModelRecord | undefined =>
  readRecord(state, stateKeys.model(id), modelCodec);

/** The parameter bytes behind a weight hash, while something refers to them. */
export const readWeights = (state: StateReader, weightHash: Uint8Array): WeightsRecord | undefined =>
  readRecord(state, stateKeys.weights(weightHash), weightsCodec);

/** What operations ask of the network with this model root; undefined for models of other classes. */
export const readNetwork = (state: StateReader, modelRoot: Uint8Array): NetworkRecord | undefined =>
  readRecord(state, stateKeys.network(modelRoot), networkRecordCodec);

/** Canonical bytes of that network's header. */
export const readNetworkHeader = (state: StateReader, modelRoot: Uint8Array): Uint8Array | undefined =>
  state.get(stateKeys.networkHeader(modelRoot));

/** What the games about a task's result share; undefined while there are none. */
export const readTrial = (state: StateReader, taskId: string): Trial | undefined =>
  readRecord(state, stateKeys.trial(taskId), trialCodec);

/** One open game of a trial. */
export const readGame = (state: StateReader, taskId: string, number: number): Game | undefined =>
  readRecord(state, stateKeys.game(taskId, number), gameCodec);

export const readTask = (state: StateReader, id: string): TaskRecord | undefined =>
  readRecord(state, stateKeys.task(id), taskCodec);

/**
 * Whether the requester may rely on a task's answer now. The record of an answer whose provider was convicted since
 * changes only when its own timer comes; this says so before.
 */
export const isUsable = (state: StateReader, task: TaskRecord): boolean =>
  task.usable &&
  (task.settlement === Settlement.final ||
    readProvider(state, task.assignedTo)?.status !== ProviderStatus.slashed);

export const readTaskInput = (state: StateReader, id: string): Uint8Array | undefined =>
  state.get(stateKeys.taskInput(id));

/** The output of the result that stands (posted or final); undefined before and after a void one. */
export const readTaskOutput = (state: StateReader, id: string): Uint8Array | undefined =>
  state.get(stateKeys.taskOutput(id));

export const readEpoch = (state: StateReader, epoch: bigint): Epoch | undefined =>
  readRecord(state, stateKeys.epoch(epoch), epochCodec);

export const readReceiptFrontier = (state: StateReader): ReceiptFrontier =>
  readRecord(state, stateKeys.receiptFrontier(), receiptFrontierCodec) ?? EMPTY_FRONTIER;

/** Number of providers in a model's list; the empty model's list holds those that serve all. */
export const readServedCount = (state: StateReader, model: string): number =>
  readRecord(state, stateKeys.servedCount(model), u32) ?? 0;

const readId = (state: StateReader, key: Uint8Array): string => {
  const value = state.get(key);
  const id = value === undefined ? undefined : bytesToUtf8(value);
  assert(id !== undefined, 'an index without its entry');
  return id;
};

/** The id of the provider at a position of a model's list. */
export const readServedMember = (state: StateReader, model: string, position: number): string =>
  readId(state, stateKeys.servedMember(model, position));

/** All providers in order of registration. Cost grows with their number: for reads, not for blocks. */
export function listProviders(state: StateReader): ProviderRecord[] {
  return Array.from({ length: readChain(state).providerCount }, (_, i) =>
    requireProvider(state, readId(state, stateKeys.providerIndex(i))),
  );
}

/** All models in order of registration. */
export function listModels(state: StateReader): ModelRecord[] {
  return Array.from({ length: readChain(state).modelCount }, (_, i) => {
    const model = readModel(state, readId(state, stateKeys.modelIndex(i)));
    assert(model !== undefined, 'the model index names a model that is not there');
    return model;
  });
}

/** @throws AivmError `provider_not_found`. */
export function requireProvider(state: StateReader, id: string): ProviderRecord {
  const provider = readProvider(state, id);
  if (provider === undefined) throw new AivmError('provider_not_found', `provider "${id}" is not registered`);
  return provider;
}

/** @throws AivmError `task_not_found`. */
export function requireTask(state: StateReader, id: string): TaskRecord {
  const task = readTask(state, id);
  if (task === undefined) throw new AivmError('task_not_found', `task "${id}" is not known`);
  return task;
}
