export { activePrimitives, installAttestationPrimitives } from './attestation/active-primitives.ts';
export { SNP_TCB_FLOORS, type SnpTcbFloorName } from './attestation/amd/snp-floors.ts';
export { ATTESTATION_CODES, type AttestationCode, type AttestationRefusalCode } from './attestation/codes.ts';
export type { Vendor, VendorDocument } from './attestation/collateral/vendor-document.ts';
export {
  type AcceptedDocument,
  type RefusedDocument,
  type VerifyDocumentOptions,
  verifyVendorDocument,
} from './attestation/collateral/verify-document.ts';
export { rfc3339ToSeconds, secondsToRfc3339 } from './attestation/encoding/time.ts';
export type { GpuFacts, UsedList } from './attestation/facts.ts';
export { pathFromFirst } from './attestation/files/certificate-path.ts';
export { readCertificateTable } from './attestation/files/certificate-table.ts';
export { decodeCertificates, readCertificates } from './attestation/files/decode.ts';
export { readEvidenceFile } from './attestation/files/evidence-file.ts';
export { readManifestFile, readVendorDocuments } from './attestation/files/vendor-documents.ts';
export {
  type EvidenceReport,
  type VerifyEvidenceFilesParameters,
  verifyEvidenceFiles,
} from './attestation/files/verify-evidence-files.ts';
export {
  type GPUAttestation,
  type LocalGPUEvidence,
  ModeLocal,
  ModeSoftware,
  readGPUAttestation,
  type SoftwareGPUAttestation,
} from './attestation/gpu-attestation.ts';
export type { IntelCollateral, SignedDocument } from './attestation/intel/collateral.ts';
export { TCB_STATUSES, type TcbStatus } from './attestation/intel/tcb-status.ts';
export {
  ATTESTATION_KINDS,
  type AttestationKind,
  isAttestationKind,
  KIND_NUMBER,
  type ProcessorKind,
} from './attestation/kinds.ts';
export { ATTESTATION_LIMITS } from './attestation/limits.ts';
export {
  createGpuCollateralStock,
  type GpuCollateralStock,
  type GpuCollateralStockOptions,
} from './attestation/nvidia/collateral-stock.ts';
export {
  type AttestationPolicy,
  DEFAULT_ATTESTATION_POLICY,
  type MeasurementRule,
} from './attestation/policy.ts';
export type {
  AttestationPrimitives,
  EcCurve,
  SignatureHash,
  VerifyEcdsaParameters,
  VerifyMessageParameters,
  VerifyRsaPssParameters,
} from './attestation/primitives.ts';
export { noblePrimitives } from './attestation/primitives-noble.ts';
export { AttestationRefusal } from './attestation/refusal.ts';
export {
  type AttestationBindingParameters,
  type AttestationNonceParameters,
  attestationBinding,
  attestationNonce,
  replayKeyOf,
} from './attestation/replay-key.ts';
export { type RootPin, type RootRole, VENDOR_ROOTS } from './attestation/roots.ts';
export {
  type SoftwareMessage,
  type SoftwareStatement,
  softwareMessage,
} from './attestation/software/statement.ts';
export {
  type AcceptedVerdict,
  type AttestationVerdict,
  isVerdictValidAt,
  type RefusedVerdict,
  type VerdictDevice,
  type VerdictFacts,
} from './attestation/verdict.ts';
export {
  type AttestationCollateral,
  type AttestationEvidence,
  type VerifyAttestationOptions,
  verifyAttestation,
} from './attestation/verify-attestation.ts';
export {
  type GPUAttestationAnswer,
  type VerifyGPUAttestationOptions,
  verifyGPUAttestationShape,
} from './attestation/verify-gpu-attestation.ts';
export {
  attestationWork,
  type Sized,
  type SizedCollateral,
  type SizedEvidence,
  vendorDocumentWork,
} from './attestation/work.ts';
export {
  type AnchorFields,
  type AnchorMessage,
  anchorFields,
  anchorId,
  parseAnchorMessage,
  serializeAnchorMessage,
} from './block/anchor-message.ts';
export {
  BLOCK_BYTES_MAX,
  BLOCK_VERSION,
  type BlockHeader,
  blockHeaderCodec,
  blockId,
  createBlock,
  parseBlock,
  type StatelessBlock,
  transactionsRoot,
  verticesRoot,
} from './block/block.ts';
export { canonicalOrder } from './block/canonical-order.ts';
export { jobIdOf } from './block/jobs.ts';
export {
  createVertex,
  parseVertex,
  type StatelessVertex,
  VERTEX_BYTES_MAX,
  VERTEX_PARENTS_MAX,
  VERTEX_TRANSACTIONS_MAX,
  type VertexHeader,
} from './block/vertex.ts';
export { isVertexAncestor, type VertexLookup, verticesConflict } from './block/vertex-conflicts.ts';
export { BLOCK_VERTICES_MAX, compareVertices, vertexSequence } from './block/vertex-order.ts';
export { checkVertexPlace, isEpochOpen, type VertexPlace } from './block/vertex-place.ts';
export { u32be, u64be } from './bytes/big-endian.ts';
export {
  assertBytes,
  type Bytes,
  compareBytes,
  concatBytes,
  equalBytes,
  isZeroBytes,
  ZERO_32,
} from './bytes/bytes.ts';
export {
  type Codec,
  type CodecValue,
  type JsonValue,
  parse,
  serialize,
} from './bytes/codec/codec.ts';
export { list, optional, type StructValue, struct } from './bytes/codec/composites.ts';
export {
  address,
  bool,
  bytes,
  bytes32,
  HEIGHT_MAX,
  height,
  text,
  u8,
  u16,
  u32,
  u64,
  u128,
} from './bytes/codec/primitives.ts';
export { bytesToHex, hexToBytes, isHex } from './bytes/hex.ts';
export { AI_DECIMALS, formatAmount, parseAmount } from './bytes/parse-amount.ts';
export { bytesToUtf8, utf8ToBytes } from './bytes/utf8.ts';
export { addressToText, isSameAddress, textToAddress } from './crypto/address-text.ts';
export { installKeccak256, type Keccak256, keccak256 } from './crypto/keccak.ts';
export {
  createMerkleListProof,
  type MerkleListName,
  merkleListRoot,
  verifyMerkleListProof,
} from './crypto/merkle-list.ts';
export { type HashName, namedHash } from './crypto/named-hash.ts';
export {
  assertLowS,
  compressedKeyToAddress,
  installRecoverPublicKey,
  privateKeyToAddress,
  publicKeyToAddress,
  type RecoverPublicKey,
  recoverAddress,
  type SignOptions,
  signDigest,
} from './crypto/secp256k1.ts';
export { AivmError, assert, requireThat } from './errors/aivm-error.ts';
export { ERROR_CODES, type ErrorCode, type ErrorCodeEntry, isErrorCode } from './errors/error-codes.ts';
export {
  ErrGPUNotAvailable,
  ErrInvalidTask,
  ErrNotInitialized,
  ErrProviderNotFound,
} from './errors/go-errors.ts';
export { assignmentsMax } from './execute/assignment/candidates.ts';
export { type CollateralPlace, placeOfCollateral } from './execute/attestation/collateral-document.ts';
export { type BlockProposal, type BuiltBlock, buildBlock } from './execute/block/build-block.ts';
export { DryRun } from './execute/block/dry-run.ts';
export type { BlockParent } from './execute/block/execute-block.ts';
export { verifyBlock } from './execute/block/verify-block.ts';
export { BlockRoom, fitsBlock, vertexRoom, vertexWork } from './execute/context/block-room.ts';
export {
  attestationTimeoutBlocks,
  challengeWindowBlocks,
  epochSeconds,
  taskTimeoutBlocks,
} from './execute/context/durations.ts';
export type { DisputeVerdict, ProtocolEvent } from './execute/context/events.ts';
export {
  type ExecutionResult,
  type Outcome,
  outcomeCodec,
  type WrittenReceipt,
} from './execute/context/result.ts';
export { challengeBondOf } from './execute/disputes/challenge-bond.ts';
export { admissionOf } from './execute/economy/admission.ts';
export { recoveredOperator } from './execute/economy/reputation.ts';
export { providerRewards } from './execute/economy/rewards.ts';
export { checkSupply, type SupplyReport } from './execute/economy/supply.ts';
export { anchorOfBlock } from './execute/epochs/anchors.ts';
export {
  createGenesis,
  type Genesis,
  type GenesisBlock,
  genesisHash,
  genesisWarnings,
  isTeeModeIdle,
} from './execute/genesis/genesis.ts';
export { type GenesisModel, genesisModels } from './execute/genesis/genesis-models.ts';
export { DEFAULT_CHAIN_ID, parseGenesis } from './execute/genesis/parse-genesis.ts';
export {
  INT8_KERNEL_INPUT_BYTES,
  INT8_KERNEL_OUTPUT_BYTES,
  INT8_KERNEL_PARAMETER_BYTES,
  runInt8Kernel,
} from './execute/models/int8-kernel.ts';
export {
  findModelClass,
  hashModel,
  type KnownModelClass,
  MODEL_CLASS_NAMES,
  type ModelClassName,
  modelClassNamed,
  modelClassOf,
} from './execute/models/model-classes.ts';
export { type Commitment, hashCommitment } from './execute/panels/panel-store.ts';
export { attestedWindowBlocks } from './execute/settlement/result-terms.ts';
export {
  hashSessionResult,
  type SessionResult,
  signSessionResult,
} from './execute/settlement/session-result.ts';
export {
  checkAnchorApply,
  checkAttestationApply,
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  checkProvenanceApply,
} from './kernels/arguments.ts';
export { type ArenaBackend, createKernelArena, type KernelBackend } from './kernels/backend.ts';
export { classify } from './kernels/classify.ts';
export {
  ATTESTATION_STATUS,
  INFERENCE_STATUS,
  MODEL_OP_KIND,
  PROOF_STATUS,
  ROUND_MODE,
} from './kernels/constants.ts';
export { referenceBackend } from './kernels/reference-backend.ts';
export { firstProbe } from './kernels/table.ts';
export {
  INFERENCE_PARAMETERS_SIZE,
  type InferenceWeightsParts,
  parseInferenceWeights,
  serializeInferenceWeights,
} from './kernels/weights.ts';
export { AIVMEpochState } from './layout/aivm-epoch-state.ts';
export { AIVMRoundDescriptor } from './layout/aivm-round-descriptor.ts';
export { AIVMTransitionResult } from './layout/aivm-transition-result.ts';
export { AnchorOp } from './layout/anchor-op.ts';
export { Attestation } from './layout/attestation.ts';
export { AttestationOp } from './layout/attestation-op.ts';
export { AuditAnchor } from './layout/audit-anchor.ts';
export { defineLayout, type Layout, type LayoutView } from './layout/define-layout.ts';
export { InferenceOp } from './layout/inference-op.ts';
export { InferenceResult } from './layout/inference-result.ts';
export {
  InferenceHidden,
  InferenceInDim,
  InferenceOutDim,
  InferenceWeights,
} from './layout/inference-weights.ts';
export { ModelOp } from './layout/model-op.ts';
export { ModelRegistryEntry } from './layout/model-registry-entry.ts';
export { ProofVerifyOp } from './layout/proof-verify-op.ts';
export { ProofVerifyResult } from './layout/proof-verify-result.ts';
export type { TreeReader, TreeUpdate } from './state/commitment/node.ts';
export {
  proveStateKey,
  type StateProof,
  type StateProofLeaf,
  type StateProofStep,
  stateProofCodec,
} from './state/commitment/state-proof.ts';
export { EMPTY_STATE_ROOT, updateStateTree } from './state/commitment/update-state-tree.ts';
export { verifyStateProof } from './state/commitment/verify-state-proof.ts';
export {
  type Config,
  DefaultConfig,
  DefaultPermissionedConfig,
  parseConfig,
  parseDurationMs,
  VERIFICATION_MODE_NAMES,
} from './state/config.ts';
export { KEY_PREFIXES, stateKeys } from './state/keys.ts';
export { isId, LIMITS } from './state/limits.ts';
export { DEFAULT_PARAMS, type Params, paramsCodec } from './state/params.ts';
export {
  isUsable,
  listModels,
  listProviders,
  readAccount,
  readChain,
  readEpoch,
  readModel,
  readOperator,
  readParams,
  readProvider,
  readReceiptFrontier,
  readRecord,
  readTask,
  readTaskInput,
  readTaskOutput,
  readWeights,
  requireProvider,
  requireTask,
} from './state/read.ts';
export {
  isAttestationCurrent,
  liveAttestation,
  readAttestationPolicy,
  readAttestedDevice,
  readCollateral,
  readCollateralSlot,
  readProviderAttestation,
  readTcbEvaluation,
  readWaitingAttestation,
} from './state/read-attestation.ts';
export { readDispute, readPanel, readSeat, readSeatOutput, readWholePanel } from './state/read-panel.ts';
export {
  appendReceiptLeaf,
  EMPTY_FRONTIER,
  type ReceiptFrontier,
  type ReceiptNode,
  receiptFrontierCodec,
  receiptsRoot,
} from './state/receipts-tree/frontier.ts';
export {
  createReceiptProof,
  type GetReceiptNode,
  verifyReceiptProof,
} from './state/receipts-tree/receipt-proof.ts';
export { RECEIPT_COUNT_MAX, RECEIPTS_TREE_DEPTH } from './state/receipts-tree/subtrees.ts';
export { type Account, EMPTY_ACCOUNT } from './state/records/account.ts';
export { type Chain, type Epoch, epochCodec } from './state/records/chain.ts';
export {
  type Collateral,
  type CollateralContent,
  CollateralKind,
  type CollateralSlot,
  collateralContentCodec,
  collateralSlotCodec,
  collateralSlotOf,
  type DocumentAge,
  isNewerDocument,
} from './state/records/collateral.ts';
export type { GPUInfo } from './state/records/gpu-info.ts';
export { CheckClass, type ModelRecord } from './state/records/model.ts';
export type { Operator } from './state/records/operator.ts';
export {
  type Dispute,
  type Panel,
  PanelKind,
  PanelPhase,
  type Seat,
  SeatStatus,
} from './state/records/panel.ts';
export {
  type ProviderRecord,
  type ProviderRecord as Provider,
  ProviderStatus,
} from './state/records/provider.ts';
export {
  type AttestedDevice,
  type ProviderAttestation,
  providerAttestationCodec,
} from './state/records/provider-attestation.ts';
export { type Receipt, receiptCodec, receiptLeaf } from './state/records/receipt.ts';
export {
  ModeMultiPartyRedundant,
  ModeOptimistic,
  ModeTEEAttested,
  SETTLEMENT_NAMES,
  Settlement,
  TASK_STATUS_NAMES,
  TASK_TYPES,
  type TaskRecord,
  type TaskRecord as Task,
  TaskStatus,
  taskCodec,
  type VerificationMode,
  WAIT_REASON_NAMES,
} from './state/records/task.ts';
export type { CommittedState, StateReader } from './state/state-view.ts';
export { EIP712_DOMAIN, operationTypeString } from './tx/eip712.ts';
export {
  OPERATIONS,
  type Operation,
  type OperationName,
  type OperationOf,
  type OperationValue,
  operationDefinition,
} from './tx/operations/operations.ts';
export { signTransaction } from './tx/sign.ts';
export {
  assembleTransaction,
  hashTransaction,
  operationCodec,
  parseKnownTransaction,
  parseOperation,
  parseTransaction,
  serializeOperation,
  serializeUnsignedTransaction,
  type Transaction,
  TX_BYTES_MAX,
  type UnsignedTransaction,
} from './tx/transaction.ts';
export { transactionWork } from './tx/work.ts';
