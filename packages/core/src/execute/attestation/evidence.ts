import type { Vendor } from '../../attestation/collateral/vendor-document.ts';
import { readEnvelopes } from '../../attestation/envelope.ts';
import { type AttestationKind, KIND_NUMBER, PROCESSOR_KINDS } from '../../attestation/kinds.ts';
import type { AttestationPolicy } from '../../attestation/policy.ts';
import { AttestationRefusal } from '../../attestation/refusal.ts';
import { attestationBinding } from '../../attestation/replay-key.ts';
import type { AcceptedVerdict } from '../../attestation/verdict.ts';
import { type AttestationEvidence, verifyAttestation } from '../../attestation/verify-attestation.ts';
import { equalBytes } from '../../bytes/bytes.ts';
import { compressedKeyToAddress } from '../../crypto/secp256k1.ts';
import { PROOF_STATUS } from '../../kernels/constants.ts';
import { ProofVerifyOp } from '../../layout/proof-verify-op.ts';
import { ProofVerifyResult } from '../../layout/proof-verify-result.ts';
import { readChain } from '../../state/read.ts';
import { readTcbEvaluation } from '../../state/read-attestation.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { type CitedDocuments, collateralFor } from './cited-documents.ts';
import { deviceKeyOf, type Holder, isDeviceHeldByAnother } from './devices.ts';
import { secondsToNanoseconds } from './nanoseconds.ts';
import { refuseEvidence, requireEvidence } from './refuse-evidence.ts';

type SubmitAttestation = OperationOf<'submitAttestation'>;

/** One piece of evidence and what it must answer. */
export interface BoundEvidence {
  readonly evidence: AttestationEvidence;
  readonly binding: Uint8Array;
}

/** What all pieces of one attestation answer. */
export interface Request {
  readonly operator: Uint8Array;
  readonly nonce: Uint8Array;
}

export const vendorOf = (kind: AttestationKind): Vendor | undefined => {
  if (kind === 'snp') return 'amd';
  if (kind === 'nvidia') return 'nvidia';
  return kind === 'software' ? undefined : 'intel';
};

function processorOf({
  kind: number,
  report,
  chain,
}: SubmitAttestation['processors'][number]): AttestationEvidence {
  const kind = PROCESSOR_KINDS.find((one) => KIND_NUMBER[one] === number);
  if (kind === undefined) return refuseEvidence('malformed', `no processor is of kind ${number}`);
  if (kind === 'snp') return { kind, report, chain };
  requireEvidence(chain.length === 0, 'malformed', () => 'a quote carries its own chain');
  return { kind, quote: report };
}

function statementOf(
  context: BlockContext,
  operation: SubmitAttestation,
  { operator }: Request,
  binding: Uint8Array,
): AttestationEvidence[] {
  return operation.statements.map(({ statement, publicKey, signature }) => {
    const address = compressedKeyToAddress(publicKey);
    const isOwn = address !== undefined && equalBytes(address, operator);
    requireEvidence(isOwn, 'binding', () => "a statement is signed with the operator's own key");
    const { chainId } = readChain(context.state);
    const { provider } = operation;
    return { kind: 'software', chainId, provider, nonce: binding, statement, publicKey, signature };
  });
}

/**
 * The pieces of evidence of an operation: a processor, GPUs or both, or else one statement.
 * @throws AivmError `attestation_malformed`, `attestation_binding`.
 */
export function readEvidence(
  context: BlockContext,
  operation: SubmitAttestation,
  request: Request,
): readonly BoundEvidence[] {
  const { chainId } = readChain(context.state);
  const { sessionKey, processors, gpus, statements } = operation;
  const bindingOf = (kind: AttestationKind): Uint8Array =>
    attestationBinding({ chainId, ...request, kind, sessionKey });
  const hardware: readonly AttestationEvidence[] = [
    ...processors.map(processorOf),
    ...(gpus.length === 0 ? [] : [{ kind: 'nvidia' as const, gpus }]),
  ];
  const isOneSort = hardware.length > 0 !== statements.length > 0;
  requireEvidence(isOneSort, 'malformed', () => 'expected hardware evidence, or else one statement');
  const all = [...hardware, ...statementOf(context, operation, request, bindingOf('software'))];
  return all.map((evidence) => ({ evidence, binding: bindingOf(evidence.kind) }));
}

/** What kernel 6 finds missing, in the words of the verifier. */
function assertComplete(status: number): void {
  requireEvidence((status & PROOF_STATUS.expired) === 0, 'expired', () => 'a cited document has ended');
  const isComplete = status === PROOF_STATUS.ok;
  requireEvidence(isComplete, 'malformed', () => `the envelope lacks a part: status ${status}`);
}

export interface EnvelopeTerms {
  readonly nonceHeight: number;
  /** The end of the first cited document to end, Unix seconds; undefined where none is cited. */
  readonly validUntil: number | undefined;
}

/**
 * The cheap half: every report has a complete envelope (kernel 6) and answers this request, before any signature is
 * looked at. Evidence that was made for somebody else, or long ago, costs nobody a verification.
 * @returns the first coordinate of each report's key, 48 bytes, in order
 * @throws AivmError `attestation_nonce`, `attestation_malformed`, `attestation_expired` and others of form.
 */
export function checkEnvelopes(
  context: BlockContext,
  { evidence, binding }: BoundEvidence,
  { nonceHeight, validUntil }: EnvelopeTerms,
): readonly Uint8Array[] {
  try {
    return readEnvelopes(evidence, binding).map((envelope) => {
      requireEvidence(envelope.isBound, 'nonce', () => `${evidence.kind}: made for another request`);
      const op = ProofVerifyOp.create({
        Measurement: envelope.measurement,
        AttestingKey: envelope.attestingKey,
        Signature: envelope.signature,
        MessageHash: envelope.messageHash,
        ExpiryNS: validUntil === undefined ? 0n : secondsToNanoseconds(validUntil + 1),
        TimestampNS: secondsToNanoseconds(context.timestamp),
        Kind: KIND_NUMBER[evidence.kind],
        Nonce: nonceHeight % 2 ** 32,
      });
      const result = new Uint8Array(ProofVerifyResult.SIZE);
      context.kernels.proofVerify(op.bytes, result);
      assertComplete(ProofVerifyResult.at(result).Status);
      return envelope.attestingKey;
    });
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    return refuseEvidence(error.code, error.message);
  }
}

/** What one piece is held against. */
export interface EvidenceTerms {
  readonly holder: Holder;
  readonly policy: AttestationPolicy;
  readonly cited: CitedDocuments;
}

/** The policy with the lowest evaluation of firmware levels that still counts on this chain. */
function policyFor(
  context: BlockContext,
  kind: AttestationKind,
  policy: AttestationPolicy,
): AttestationPolicy {
  if (kind !== 'sgx' && kind !== 'tdx') return policy;
  const { intel } = policy;
  const least = readTcbEvaluation(context.state, kind) - intel.evaluationLag;
  const tcbEvaluationDataNumberMin = Math.max(intel.tcbEvaluationDataNumberMin, least);
  return { ...policy, intel: { ...intel, tcbEvaluationDataNumberMin } };
}

/** The dear half: signatures, revocation, time and policy. @throws AivmError with the verifier's code. */
export function verifyEvidence(
  context: BlockContext,
  { evidence, binding }: BoundEvidence,
  { holder, policy, cited }: EvidenceTerms,
): AcceptedVerdict {
  const vendor = vendorOf(evidence.kind);
  const { chainId } = readChain(context.state);
  const verdict = verifyAttestation(evidence, vendor === undefined ? {} : collateralFor(vendor, cited), {
    now: context.timestamp,
    policy: policyFor(context, evidence.kind, policy),
    nonce: binding,
    devicesInUse: { has: (id) => isDeviceHeldByAnother(context, deviceKeyOf(evidence.kind, id), holder) },
    claimant: { chainId, provider: holder.provider },
  });
  return verdict.accepted ? verdict : refuseEvidence(verdict.code, verdict.detail);
}
