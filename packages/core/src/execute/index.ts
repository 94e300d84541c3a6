export { placeOfCollateral } from './attestation/collateral-document.ts';
export { buildBlock } from './block/build-block.ts';
export { DryRun } from './block/dry-run.ts';
export { type BlockParent, outcomesRoot } from './block/execute-block.ts';
export { type BeaconCheck, verifyBlock } from './block/verify-block.ts';
export { BlockRoom, fitsBlock, laneOf, vertexRoom, vertexWork } from './context/block-room.ts';
export { attestationTimeoutBlocks, taskTimeoutBlocks } from './context/durations.ts';
export type { ProtocolEvent } from './context/events.ts';
export { partsOf } from './context/parts.ts';
export { type ExecutionResult, type Outcome, outcomeCodec } from './context/result.ts';
export { challengeBondOf } from './disputes/challenge-bond.ts';
export { recoveredOperator } from './economy/reputation.ts';
export { providerRewards } from './economy/rewards.ts';
export { checkSupply, type SupplyReport } from './economy/supply.ts';
export { anchorOfBlock } from './epochs/anchors.ts';
export {
  createGenesis,
  type Genesis,
  genesisWarnings,
  hashGenesis,
  isTeeModeIdle,
} from './genesis/genesis.ts';
export { genesisModels } from './genesis/genesis-models.ts';
export { parseGenesis } from './genesis/parse-genesis.ts';
export {
  INT8_KERNEL_INPUT_BYTES,
  INT8_KERNEL_OUTPUT_BYTES,
  INT8_KERNEL_PARAMETER_BYTES,
  runInt8Kernel,
} from './models/int8-kernel.ts';
export { hashModel, MODEL_CLASS_NAMES, modelClassOf } from './models/model-classes.ts';
export { hashCommitment } from './panels/commitment.ts';
export { challengedLeaf } from './providers/held-blobs.ts';
export { attestedWindowBlocks } from './settlement/result-terms.ts';
export { hashSessionResult, type SessionResult, signSessionResult } from './settlement/session-result.ts';
