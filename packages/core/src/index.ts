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
export { bytesToUtf8, utf8ToBytes } from './bytes/utf8.ts';
export { installKeccak256, type Keccak256, keccak256 } from './crypto/keccak.ts';
export {
  createMerkleListProof,
  type MerkleListName,
  merkleListRoot,
  verifyMerkleListProof,
} from './crypto/merkle-list.ts';
export { type HashName, namedHash } from './crypto/named-hash.ts';
export { AivmError, assert, requireThat } from './errors/aivm-error.ts';
export { ERROR_CODES, type ErrorCode, type ErrorCodeEntry, isErrorCode } from './errors/error-codes.ts';
export {
  ErrGPUNotAvailable,
  ErrInvalidTask,
  ErrNotInitialized,
  ErrProviderNotFound,
} from './errors/seed-errors.ts';
export {
  checkAnchorApply,
  checkAttestationApply,
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  checkProvenanceApply,
} from './kernels/arguments.ts';
export type { KernelBackend } from './kernels/backend.ts';
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
export type { NodeReader, TreeUpdate } from './state/commitment/node.ts';
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
