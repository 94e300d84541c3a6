import { attestationNonce } from '../../attestation/replay-key.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { isId } from '../../state/limits.ts';
import { readChain, readProvider } from '../../state/read.ts';
import { readAttestationPolicy } from '../../state/read-attestation.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { assertOnlyVendors, type CitedDocuments, readCitations } from '../attestation/cited-documents.ts';
import { combineVerdicts } from '../attestation/combine-verdicts.ts';
import {
  type BoundEvidence,
  checkEnvelopes,
  type Request,
  readEvidence,
  vendorOf,
  verifyEvidence,
} from '../attestation/evidence.ts';
import { keepAttestation, keepWaitingAttestation } from '../attestation/keep-attestation.ts';
import { recentBlockId } from '../attestation/recent-blocks.ts';
import { refuseEvidence, requireEvidence } from '../attestation/refuse-evidence.ts';
import { type BlockContext, writeOperator } from '../context/block-context.ts';
import { recoveredOperator } from '../economy/reputation.ts';
import { ownProvider, requireActive } from '../providers/own-provider.ts';

type SubmitAttestation = OperationOf<'submitAttestation'>;

/** @returns whether the provider is registered; if so, the sender operates it and it is active. */
function checkSubmitter(
  context: BlockContext,
  sender: Uint8Array,
  { provider: id }: SubmitAttestation,
): boolean {
  requireThat(isId(id), 'malformed', () => `provider id "${id}": 1–64 of A–Z a–z 0–9 . _ : -`);
  const { convicted } = recoveredOperator(context.state, sender);
  requireThat(!convicted, 'provider_slashed', () => 'a convicted operator does not attest');
  if (readProvider(context.state, id) === undefined) return false;
  requireActive(ownProvider(context, sender, id));
  return true;
}

/**
 * The nonce of the cited block, which must be recent, and newer than any whose nonce this operator has used: so a nonce
 * counts once, and with it all evidence that was made for it, whatever bytes encode its signature.
 */
function nonceFor(context: BlockContext, sender: Uint8Array, { nonceHeight }: SubmitAttestation): Uint8Array {
  const blockId = recentBlockId(context, nonceHeight);
  requireEvidence(blockId !== undefined, 'nonce', () => `block ${nonceHeight} is not a recent one`);
  const { nextAttestationNonce: least } = recoveredOperator(context.state, sender);
  requireEvidence(nonceHeight >= least, 'nonce', () => `block ${nonceHeight}: used, or older than one used`);
  return attestationNonce({ chainId: readChain(context.state).chainId, operator: sender, blockId });
}

/** Everything that is cheap comes first: a refusal there costs nobody a signature's verification. */
function checkCheaply(
  context: BlockContext,
  operation: SubmitAttestation,
  request: Request,
): {
  readonly pieces: readonly BoundEvidence[];
  readonly cited: CitedDocuments;
  readonly attestingKey: Uint8Array;
} {
  const pieces = readEvidence(context, operation, request);
  const cited = readCitations(context, operation);
  const vendors = pieces.map(({ evidence }) => vendorOf(evidence.kind)).filter((one) => one !== undefined);
  assertOnlyVendors(cited, new Set(vendors));
  const { nonceHeight } = operation;
  const terms = { nonceHeight, validUntil: cited.validUntil };
  const [attestingKey] = pieces.flatMap((piece) => checkEnvelopes(context, piece, terms));
  if (attestingKey === undefined) return refuseEvidence('malformed', 'no report');
  return { pieces, cited, attestingKey };
}

/**
 * Verifies evidence at block time and keeps what follows from it: for a registered provider at once, else until its
 * operator registers it.
 */
export function processSubmitAttestation(
  context: BlockContext,
  sender: Uint8Array,
  operation: SubmitAttestation,
): void {
  const isRegistered = checkSubmitter(context, sender, operation);
  const nonce = nonceFor(context, sender, operation);
  const { pieces, cited, attestingKey } = checkCheaply(context, operation, { operator: sender, nonce });
  const policy = readAttestationPolicy(context.state);
  const { provider, nonceHeight } = operation;
  const holder = { operator: sender, provider };
  const verdicts = pieces.map((piece) => verifyEvidence(context, piece, { holder, policy, cited }));
  const terms = { holder, operation, policy, cited, attestingKey };
  const attestation = combineVerdicts(context, { pieces, verdicts }, terms);
  if (isRegistered) keepAttestation(context, attestation);
  else keepWaitingAttestation(context, attestation);
  const operator = recoveredOperator(context.state, sender);
  writeOperator(context, sender, { ...operator, nextAttestationNonce: nonceHeight + 1 });
}
