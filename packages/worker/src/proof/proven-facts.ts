import { AivmError } from '@aivm/core/errors';
import { MODEL_CLASS_NAMES } from '@aivm/core/execute';
import {
  PanelPhase,
  ProviderStatus,
  readAccount,
  readChain,
  readPanel,
  readParams,
  readProvider,
  readSeat,
  readTask,
  SETTLEMENT_NAMES,
  SeatStatus,
  stateKeys,
  TASK_STATUS_NAMES,
} from '@aivm/core/state';
import type {
  ChainFacts,
  ModelFacts,
  PanelFacts,
  ProvenSeat,
  ProvenTask,
  ProviderFacts,
  SeatFacts,
} from '../worker-node.ts';
import type { ProvenState } from './proven-state.ts';

/** The name that stands for a number of a record. @throws AivmError `not_supported` for a number of a newer chain. */
function nameOf<T>(names: readonly T[], index: number, what: string): T {
  const name = names[index];
  if (name === undefined) throw new AivmError('not_supported', `${what} ${index} is newer than this program`);
  return name;
}

/** The name of a class of models. @throws AivmError `not_supported` for one of a newer chain */
export const checkClassOf = (checkClass: number): ModelFacts['checkClass'] =>
  nameOf(MODEL_CLASS_NAMES, checkClass, 'check class');

const phaseNames = Object.assign([] as PanelFacts['phase'][], {
  [PanelPhase.drawing]: 'drawing',
  [PanelPhase.committing]: 'committing',
  [PanelPhase.revealing]: 'revealing',
});

const seatNames = Object.assign([] as SeatFacts['status'][], {
  [SeatStatus.drawn]: 'drawn',
  [SeatStatus.committed]: 'committed',
  [SeatStatus.revealed]: 'revealed',
});

const providerNames = Object.assign([] as ProviderFacts['status'][], {
  [ProviderStatus.active]: 'active',
  [ProviderStatus.unbonding]: 'unbonding',
  [ProviderStatus.slashed]: 'slashed',
  [ProviderStatus.withdrawn]: 'withdrawn',
});

/** The chain's parameters. */
export async function proveChain(state: ProvenState): Promise<ChainFacts> {
  const { value, chainId } = await state.read(stateKeys.parameters(), readParams);
  const { value: chain } = await state.read(stateKeys.chain(), readChain);
  const { config, params } = value;
  return {
    chainId,
    genesisHash: chain.genesisHash,
    minProviderBond: config.minProviderBond,
    challengeBond: params.challengeBond,
    heartbeatBlocks: params.heartbeatBlocks,
    maxOutputBytes: params.maxOutputBytes,
  };
}

/** A provider's record; undefined where the state shows that there is none. */
export async function proveProvider(state: ProvenState, id: string): Promise<ProviderFacts | undefined> {
  const { value } = await state.read(stateKeys.provider(id), (reader) => readProvider(reader, id));
  if (value === undefined) return undefined;
  const { operator, status, bond, holds } = value;
  return { id, operator, status: nameOf(providerNames, status, 'provider status'), bond, holds };
}

/** The nonce that the next block expects of an account. */
export const proveNonce = async (state: ProvenState, address: Uint8Array): Promise<bigint> =>
  (await state.read(stateKeys.account(address), (reader) => readAccount(reader, address))).value.nonce;

/** What a worker signs about; undefined where the state shows that there is no such task. */
export async function proveTask(state: ProvenState, id: string): Promise<ProvenTask | undefined> {
  const { value, height } = await state.read(stateKeys.task(id), (reader) => readTask(reader, id));
  if (value === undefined) return undefined;
  return {
    id,
    height,
    model: value.model,
    checkClass: checkClassOf(value.checkClass),
    verifiable: value.verifiable,
    weightHash: value.weightHash,
    modelRoot: value.modelRoot,
    maxNew: value.maxNew,
    requester: value.requester,
    inputHash: value.inputHash,
    status: nameOf(TASK_STATUS_NAMES, value.status, 'task status'),
    settlement: nameOf(SETTLEMENT_NAMES, value.settlement, 'settlement'),
    provider: value.assignedTo,
    fee: value.fee,
    attempt: value.attempt,
    panels: value.panels,
    outputHash: value.outputHash,
    finalAtHeight: value.finalAtHeight,
  };
}

/**
 * A seat and the phase of its panel. The seat is read first: a panel that reveals at a later block than that of the seat
 * is either the seat's own, or a later one that reveals as well, so nobody who still commits can learn an answer.
 */
export async function proveSeat(
  state: ProvenState,
  { taskId, position }: { readonly taskId: string; readonly position: number },
): Promise<ProvenSeat | undefined> {
  const seat = await state.read(stateKeys.seat(taskId, position), (reader) =>
    readSeat(reader, taskId, position),
  );
  const panel = await state.read(stateKeys.panel(taskId), (reader) => readPanel(reader, taskId));
  if (seat.value === undefined || panel.value === undefined) return undefined;
  if (panel.height < seat.height) {
    throw new AivmError('unreachable', `the panel of task ${taskId} was read before its seat`);
  }
  const { provider, round, status, commitment, drawnAtHeight } = seat.value;
  return {
    provider,
    position,
    status: nameOf(seatNames, status, 'seat status'),
    phase: nameOf(phaseNames, panel.value.phase, 'panel phase'),
    panel: panel.value.number,
    round,
    commitment,
    drawnAtHeight,
  };
}
