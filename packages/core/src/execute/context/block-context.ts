import type { KernelBackend } from '../../kernels/backend.ts';
import type { Config } from '../../state/config.ts';
import { stateKeys } from '../../state/keys.ts';
import type { Overlay } from '../../state/overlay.ts';
import type { Params } from '../../state/params.ts';
import { readChain } from '../../state/read.ts';
import type { ReceiptNode } from '../../state/receipts-tree/frontier.ts';
import { type Account, accountCodec } from '../../state/records/account.ts';
import { type Chain, chainCodec } from '../../state/records/chain.ts';
import { type ModelRecord, modelCodec } from '../../state/records/model.ts';
import { type Operator, operatorCodec } from '../../state/records/operator.ts';
import { type ProviderRecord, providerCodec } from '../../state/records/provider.ts';
import { type TaskRecord, taskCodec } from '../../state/records/task.ts';
import type { Room } from './block-room.ts';
import type { ProtocolEvent } from './events.ts';
import type { WrittenReceipt } from './result.ts';

/** What every step of executing one block works on. */
export interface BlockContext {
  readonly state: Overlay;
  readonly config: Config;
  readonly params: Params;
  readonly height: number;
  /** Block time, whole seconds. */
  readonly timestamp: number;
  readonly parentId: Uint8Array;
  /** The header's beacon: 32 bytes, zero where the host has none. */
  readonly beacon: Uint8Array;
  /** What the draws of this block are made of. */
  readonly seed: Uint8Array;
  /** The engine of the kernels; every engine gives the same bytes. */
  readonly kernels: KernelBackend;
  /** Appended to while the block runs; shortened again when an operation is undone. */
  readonly events: ProtocolEvent[];
  readonly receipts: WrittenReceipt[];
  readonly receiptNodes: ReceiptNode[];
  /** What the challenges and moves that took effect in this block take of it. */
  readonly disputeRooms: Room[];
  /** Proofs of false results in this block; what they earn is settled at its end. */
  readonly proofs: ProofOfFault[];
}

/** One proof that a result of `provider` is false. */
export interface ProofOfFault {
  readonly provider: string;
  readonly taskId: string;
  readonly challenger: Uint8Array;
  /** What the challenger staked; it has its stake back. */
  readonly bond: bigint;
  /** Whether the challenger's own output is the right one. */
  readonly claimRight: boolean;
  /** By what the reward is cut: bonds of challenges, equal parts of games. */
  readonly weight: bigint;
  /** What it may earn at most; undefined where nothing bounds it. */
  readonly rewardMax: bigint | undefined;
  /** What the provider's bond held for this result. */
  readonly reservation: bigint;
  /** What the conviction took; 0 for every proof but the first of a provider. */
  readonly forfeited: bigint;
}

/** Changes members of the chain record. */
export function updateChain(context: BlockContext, change: (chain: Chain) => Partial<Chain>): void {
  const chain = readChain(context.state);
  context.state.setRecord(stateKeys.chain(), chainCodec, { ...chain, ...change(chain) });
}

export const writeAccount = (context: BlockContext, address: Uint8Array, account: Account): void =>
  context.state.setRecord(stateKeys.account(address), accountCodec, account);

export const writeOperator = (context: BlockContext, address: Uint8Array, operator: Operator): void =>
  context.state.setRecord(stateKeys.operator(address), operatorCodec, operator);

export const writeProvider = (context: BlockContext, provider: ProviderRecord): void =>
  context.state.setRecord(stateKeys.provider(provider.id), providerCodec, provider);

export const writeModel = (context: BlockContext, model: ModelRecord): void =>
  context.state.setRecord(stateKeys.model(model.id), modelCodec, model);

export const writeTask = (context: BlockContext, task: TaskRecord): void =>
  context.state.setRecord(stateKeys.task(task.id), taskCodec, task);

/** Notes what became of a task, for indexes and people. */
export function emitTask(context: BlockContext, task: TaskRecord, reason: string): void {
  context.events.push({
    kind: 'task',
    taskId: task.id,
    status: task.status as Extract<ProtocolEvent, { kind: 'task' }>['status'],
    settlement: task.settlement as Extract<ProtocolEvent, { kind: 'task' }>['settlement'],
    provider: task.assignedTo,
    model: task.model,
    reason,
    usable: task.usable,
  });
}
