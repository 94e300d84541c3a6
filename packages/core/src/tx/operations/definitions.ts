import { ATTESTATION_LIMITS } from '../../attestation/limits.ts';
import { softwareStatementCodec } from '../../attestation/software/statement.ts';
import type { Codec, CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import {
  address,
  bool,
  bytes,
  bytes32,
  height,
  text,
  u8,
  u32,
  u64,
  u128,
} from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { gpuInfoCodec } from '../../state/records/gpu-info.ts';

const id = text(LIMITS.idBytesMax);
const quote = bytes(ATTESTATION_LIMITS.quoteBytesMax);
const certificates = list(bytes(ATTESTATION_LIMITS.certificateBytesMax), ATTESTATION_LIMITS.certificatesMax);

/** r ‖ s ‖ yParity. */
const SIGNATURE_BYTES = 65;

/** Moves money between accounts. */
export const transferCodec = struct('Transfer', { to: address, amount: u128 });

/** Locks a bond and begins to serve. Empty `models`: the genesis models and every int8 model. */
export const registerProviderCodec = struct('RegisterProvider', {
  id,
  walletAddress: address,
  endpoint: text(LIMITS.endpointBytesMax),
  gpus: list(gpuInfoCodec, LIMITS.gpusMax),
  models: list(id, LIMITS.modelsPerProviderMax),
  bond: u64,
});

/** Replaces endpoint, wallet and GPUs of the sender's provider. */
export const updateProviderCodec = struct('UpdateProvider', {
  id,
  walletAddress: address,
  endpoint: text(LIMITS.endpointBytesMax),
  gpus: list(gpuInfoCodec, LIMITS.gpusMax),
});

/** Says that the provider is there. */
export const heartbeatCodec = struct('Heartbeat', { id });

/** Adds to the provider's bond. */
export const addBondCodec = struct('AddBond', { id, amount: u64 });

/** Ends new work; the bond can leave once nothing is reserved and unbondBlocks have passed. */
export const beginUnbondCodec = struct('BeginUnbond', { id });

/** Takes the whole bond home. */
export const withdrawBondCodec = struct('WithdrawBond', { id });

/**
 * Registers a model. int8-kernel: `weights` are its 598 parameter bytes, `header` is empty, `weightHash` is zero (it
 * is computed). opaque: `weights` are empty, `weightHash` is the owner's own commitment.
 */
export const registerModelCodec = struct('RegisterModel', {
  id,
  name: text(LIMITS.nameBytesMax),
  modelType: text(LIMITS.nameBytesMax),
  capabilities: list(text(LIMITS.nameBytesMax), LIMITS.capabilitiesMax),
  contextSize: u32,
  parameters: text(LIMITS.decimalBytesMax),
  checkClass: u8,
  deterministic: bool,
  header: bytes(LIMITS.headerBytesMax),
  weights: bytes(LIMITS.weightBytesMax),
  weightHash: bytes32,
  licenseRoot: bytes32,
});

/** Asks for work. `mode` 0, `m` 0, `n` 0 and `deadlineBlocks` 0 mean the chain's defaults. */
export const submitTaskCodec = struct('SubmitTask', {
  id,
  taskType: id,
  model: id,
  input: bytes(LIMITS.inputBytesMax),
  fee: u64,
  mode: u8,
  m: u8,
  n: u8,
  deadlineBlocks: u64,
});

/** Takes a task back while nobody was drawn for it. */
export const cancelTaskCodec = struct('CancelTask', { taskId: id });

/**
 * Answers a task: `output`, or `error` with an empty output. `traceRoot` is zero for models without a trace.
 * `sessionSignature` is empty, or the 65 bytes by which the key in the provider's attestation signs the answer.
 */
export const submitResultCodec = struct('SubmitResult', {
  taskId: id,
  provider: id,
  output: bytes(LIMITS.outputBytesMax),
  error: text(LIMITS.errorBytesMax),
  computeTimeMs: u64,
  proof: bytes(LIMITS.proofBytesMax),
  traceRoot: bytes32,
  sessionSignature: bytes(SIGNATURE_BYTES),
});

/** Commits a seat of a panel to an output: hash(chain id ‖ task id ‖ output hash ‖ trace root ‖ provider ‖ salt). */
export const commitResultCodec = struct('CommitResult', { taskId: id, provider: id, commitment: bytes32 });

/** Shows what a seat committed to. */
export const revealResultCodec = struct('RevealResult', {
  taskId: id,
  provider: id,
  output: bytes(LIMITS.outputBytesMax),
  computeTimeMs: u64,
  traceRoot: bytes32,
  salt: bytes32,
});

/** Replaces a model's weights; open tasks keep the ones that they were submitted under. */
export const updateModelWeightsCodec = struct('UpdateModelWeights', {
  id,
  weights: bytes(LIMITS.weightBytesMax),
  weightHash: bytes32,
});

/** Replaces a model's licence. */
export const updateModelLicenseCodec = struct('UpdateModelLicense', { id, licenseRoot: bytes32 });

/** Gives a model, its deposit included, to another account. */
export const transferModelCodec = struct('TransferModel', { id, owner: address });

/** Says that a posted result is wrong, with the output that would be right, and stakes a bond on it. */
export const challengeCodec = struct('Challenge', {
  taskId: id,
  output: bytes(LIMITS.outputBytesMax),
  traceRoot: bytes32,
  bond: u64,
});

/** Publishes a vendor's document: a revocation list, firmware levels, or reference measurements. */
export const submitCollateralCodec = struct('SubmitCollateral', {
  /** Number of CollateralKind. */
  documentKind: u8,
  body: bytes(ATTESTATION_LIMITS.crlBytesMax),
  signature: bytes(64),
  chain: certificates,
});

/**
 * The document on chain in a slot, whatever content it has by then; `size` is at least that of its body, so that work is
 * known before it is looked up.
 */
const citationCodec = struct('Citation', { slot: bytes32, size: u32 });

/**
 * Shows that hardware vouches for a provider: a processor, GPUs, or both (or none: a statement of the operator alone).
 * Everything in it answers the id of the block at `nonceHeight`. The provider may be registered later, by the sender.
 */
export const submitAttestationCodec = struct('SubmitAttestation', {
  provider: id,
  nonceHeight: height,
  /** Address of a key inside the processor's environment; zero = none. */
  sessionKey: address,
  /** None or one. `kind` by KIND_NUMBER; an Intel quote carries its own chain, an AMD report does not. */
  processors: list(struct('ProcessorEvidence', { kind: u8, report: quote, chain: certificates }), 1),
  gpus: list(struct('GpuEvidence', { report: quote, chain: certificates }), ATTESTATION_LIMITS.gpusMax),
  /** None or one. */
  statements: list(
    struct('StatementEvidence', {
      statement: softwareStatementCodec,
      /** The operator's own key, compressed. */
      publicKey: bytes(33),
      signature: bytes(64),
    }),
    1,
  ),
  /** Revocation lists: all that the chain holds of authorities behind the evidence. */
  lists: list(citationCodec, ATTESTATION_LIMITS.crlsMax),
  /** Firmware levels and enclave identity for an Intel quote. */
  documents: list(citationCodec, 2),
  /** Reference measurements for GPUs. */
  manifests: list(citationCodec, ATTESTATION_LIMITS.rimsMax),
});

/** Pays a provider's rewards of closed epochs to its wallet. */
export const claimRewardsCodec = struct('ClaimRewards', { provider: id });

/**
 * Every operation: its tag on the wire and its codec. Tags are never reused; the gaps belong to operations that
 * this version does not have.
 */
export const OPERATIONS = {
  transfer: { tag: 1, codec: transferCodec },
  registerProvider: { tag: 2, codec: registerProviderCodec },
  updateProvider: { tag: 3, codec: updateProviderCodec },
  heartbeat: { tag: 4, codec: heartbeatCodec },
  addBond: { tag: 5, codec: addBondCodec },
  beginUnbond: { tag: 6, codec: beginUnbondCodec },
  withdrawBond: { tag: 7, codec: withdrawBondCodec },
  submitCollateral: { tag: 8, codec: submitCollateralCodec },
  submitAttestation: { tag: 9, codec: submitAttestationCodec },
  registerModel: { tag: 10, codec: registerModelCodec },
  updateModelWeights: { tag: 11, codec: updateModelWeightsCodec },
  updateModelLicense: { tag: 12, codec: updateModelLicenseCodec },
  transferModel: { tag: 13, codec: transferModelCodec },
  submitTask: { tag: 14, codec: submitTaskCodec },
  cancelTask: { tag: 15, codec: cancelTaskCodec },
  submitResult: { tag: 16, codec: submitResultCodec },
  commitResult: { tag: 17, codec: commitResultCodec },
  revealResult: { tag: 18, codec: revealResultCodec },
  challenge: { tag: 19, codec: challengeCodec },
  claimRewards: { tag: 21, codec: claimRewardsCodec },
} as const satisfies Record<string, { tag: number; codec: Codec<never> | Codec<unknown> }>;

/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** The members of operation `N`. */
export type OperationValue<N extends OperationName> = CodecValue<(typeof OPERATIONS)[N]['codec']>;

/** One operation, told apart by `kind`. */
export type Operation = { [N in OperationName]: { readonly kind: N } & OperationValue<N> }[OperationName];

/** The operation named `N`. */
export type OperationOf<N extends OperationName> = Extract<Operation, { kind: N }>;
