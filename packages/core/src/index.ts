// The names for programs that use a chain. Everything else is exported by folder: @aivm/core/state, @aivm/core/tx, …

export {
  type AttestationCollateral,
  type AttestationEvidence,
  type AttestationPolicy,
  type AttestationVerdict,
  attestationBinding,
  attestationNonce,
  DEFAULT_ATTESTATION_POLICY,
  type VendorDocument,
  type VerifyAttestationOptions,
  verifyAttestation,
  verifyVendorDocument,
} from './attestation/index.ts';
export { type BlockHeader, parseBlock, type StatelessBlock } from './block/index.ts';
export {
  bytesToHex,
  bytesToUtf8,
  concatBytes,
  equalBytes,
  hexToBytes,
  utf8ToBytes,
  ZERO_32,
} from './bytes/index.ts';
export { keccak256, namedHash, privateKeyToAddress, recoverAddress, signDigest } from './crypto/index.ts';
export { AivmError, ERROR_CODES, type ErrorCode, isErrorCode } from './errors/index.ts';
export {
  buildBlock,
  createGenesis,
  type ExecutionResult,
  type Genesis,
  hashCommitment,
  hashModel,
  type ProtocolEvent,
  parseGenesis,
  runInt8Kernel,
  signSessionResult,
  verifyBlock,
} from './execute/index.ts';
export { type KernelBackend, referenceBackend } from './kernels/index.ts';
export {
  CheckClass,
  type Config,
  DEFAULT_PARAMS,
  DefaultConfig,
  type ModelRecord,
  type Params,
  type ProviderRecord,
  ProviderStatus,
  type Receipt,
  receiptLeaf,
  Settlement,
  type StateProof,
  stateKeys,
  type TaskRecord,
  TaskStatus,
  verifyReceiptProof,
  verifyStateProof,
} from './state/index.ts';
export {
  assembleTransaction,
  hashTransaction,
  OPERATIONS,
  type Operation,
  type OperationName,
  type OperationOf,
  parseTransaction,
  signTransaction,
  type Transaction,
  type UnsignedTransaction,
} from './tx/index.ts';
