export { stateKeyHash, type TreeUpdate } from './commitment/node.ts';
export { hashStatePart, type StatePart, stateRootOfParts } from './commitment/state-parts.ts';
export { proveStateKey, type StateProof } from './commitment/state-proof.ts';
export { EMPTY_STATE_ROOT, updateStateTree } from './commitment/update-state-tree.ts';
export { verifyStateProof } from './commitment/verify-state-proof.ts';
export {
  type Config,
  DefaultConfig,
  DefaultPermissionedConfig,
  parseConfig,
  parseDurationMs,
} from './config.ts';
export { KEY_PREFIXES, stateKeys } from './keys.ts';
export { DEFAULT_PARAMS, type Params, paramsCodec } from './params.ts';
export {
  isUsable,
  listModels,
  listProviders,
  readAccount,
  readChain,
  readEpoch,
  readGame,
  readModel,
  readNetwork,
  readNetworkHeader,
  readOperator,
  readParams,
  readProvider,
  readReceiptFrontier,
  readServedCount,
  readServedMember,
  readTask,
  readTaskInput,
  readTaskOutput,
  readTrial,
  readWeights,
  requireProvider,
  requireTask,
} from './read.ts';
export {
  isAttestationCurrent,
  liveAttestation,
  readAttestationPolicy,
  readCollateralSlot,
  readProviderAttestation,
  readWaitingAttestation,
} from './read-attestation.ts';
export { readDispute, readPanel, readSeat, readWholePanel, type SeatAt } from './read-panel.ts';
export {
  appendReceiptLeaf,
  EMPTY_FRONTIER,
  receiptFrontierCodec,
  receiptsRoot,
} from './receipts-tree/frontier.ts';
export {
  hashReceiptPart,
  RECEIPTS_PER_PART,
  receiptPartCount,
  receiptsRootOfParts,
} from './receipts-tree/receipt-parts.ts';
export { createReceiptProof, verifyReceiptProof } from './receipts-tree/receipt-proof.ts';
export type { Account } from './records/account.ts';
export { type Chain, type Epoch, epochCodec } from './records/chain.ts';
export { CollateralKind, type CollateralSlot, isNewerDocument } from './records/collateral.ts';
export type { GPUInfo } from './records/gpu-info.ts';
export { CheckClass, type ModelRecord } from './records/model.ts';
export { NETWORK_FORMS, type NetworkRecord } from './records/network.ts';
export type { Operator } from './records/operator.ts';
export {
  type Dispute,
  type Panel,
  PanelKind,
  PanelPhase,
  type Seat,
  SeatStatus,
  Vote,
} from './records/panel.ts';
export { leastFeeAt, type ProviderRecord, ProviderStatus } from './records/provider.ts';
export type { ProviderAttestation } from './records/provider-attestation.ts';
export { type Receipt, receiptCodec, receiptLeaf } from './records/receipt.ts';
export {
  ModeMultiPartyRedundant,
  ModeOptimistic,
  ModeTEEAttested,
  SETTLEMENT_NAMES,
  Settlement,
  TASK_STATUS_NAMES,
  TASK_TYPES,
  type TaskRecord,
  TaskStatus,
  taskCodec,
  type VerificationMode,
  WAIT_REASON_NAMES,
} from './records/task.ts';
export { type Game, GameTurn, type Trial } from './records/trial.ts';
export type { CommittedState, StateReader } from './state-view.ts';
