import { readChain, readGame, readModel, readNetworkHeader, readTrial, stateKeys } from '@aivm/core/state';
import type { Game, ProvenModel, Trial } from '../worker-node.ts';
import { checkClassOf } from './proven-facts.ts';
import type { ProvenState } from './proven-state.ts';

/** The hash of the chain's genesis. */
export const proveGenesisHash = async (state: ProvenState): Promise<Uint8Array> =>
  (await state.read(stateKeys.chain(), readChain)).value.genesisHash;

/** A model's record; undefined where the state shows that there is none. */
export async function proveModel(state: ProvenState, id: string): Promise<ProvenModel | undefined> {
  const { value } = await state.read(stateKeys.model(id), (reader) => readModel(reader, id));
  if (value === undefined) return undefined;
  const { checkClass, weightHash, modelRoot } = value;
  return { id, checkClass: checkClassOf(checkClass), weightHash, modelRoot };
}

/** The header of a network by its root. */
export const proveNetworkHeader = async (
  state: ProvenState,
  modelRoot: Uint8Array,
): Promise<Uint8Array | undefined> =>
  (await state.read(stateKeys.networkHeader(modelRoot), (reader) => readNetworkHeader(reader, modelRoot)))
    .value;

/** What the games about a task's result share; undefined where none is open. */
export const proveTrial = async (state: ProvenState, taskId: string): Promise<Trial | undefined> =>
  (await state.read(stateKeys.trial(taskId), (reader) => readTrial(reader, taskId))).value;

/** One open game; undefined where it is over. */
export const proveGame = async (
  state: ProvenState,
  { taskId, number }: { readonly taskId: string; readonly number: number },
): Promise<Game | undefined> =>
  (await state.read(stateKeys.game(taskId, number), (reader) => readGame(reader, taskId, number))).value;
