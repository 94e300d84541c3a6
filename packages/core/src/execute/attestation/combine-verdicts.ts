import { reportsOf } from '../../attestation/envelope.ts';
import { isProcessorKind, KIND_NUMBER } from '../../attestation/kinds.ts';
import type { AttestationPolicy } from '../../attestation/policy.ts';
import { combineScores } from '../../attestation/score.ts';
import type { AcceptedVerdict } from '../../attestation/verdict.ts';
import { concatBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import { readCollateralSlot } from '../../state/read-attestation.ts';
import { CollateralKind, collateralSlotOf } from '../../state/records/collateral.ts';
import {
  ATTESTATION_AUTHORITIES_MAX,
  type ProviderAttestation,
} from '../../state/records/provider-attestation.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import type { CitedDocuments } from './cited-documents.ts';
import { deviceKeyOf, type Holder } from './devices.ts';
import type { BoundEvidence } from './evidence.ts';
import { requireEvidence } from './refuse-evidence.ts';

/** Marks the lists of every authority behind the evidence; one that the chain holds must have been cited. */
function markAuthorities(
  context: BlockContext,
  verdicts: readonly AcceptedVerdict[],
  { listSlots }: CitedDocuments,
): ProviderAttestation['authorities'] {
  const issuers = [...new Set(verdicts.flatMap(({ authorities }) => authorities))];
  const isBounded = issuers.length <= ATTESTATION_AUTHORITIES_MAX;
  requireEvidence(isBounded, 'too_large', () => `${issuers.length} authorities`);
  return issuers.map((issuer) => {
    const slot = collateralSlotOf(CollateralKind.revocationList, issuer);
    const newest = readCollateralSlot(context.state, slot);
    const isUsed = newest === undefined || listSlots.has(bytesToHex(slot));
    requireEvidence(
      isUsed,
      'collateral_missing',
      () => `the list of authority ${issuer} is on chain: cite it`,
    );
    return { slot, thisUpdate: newest?.date ?? 0 };
  });
}

/** The chip of the GPUs, where all are of one; it was signed by the vendor, unlike a provider's own words. */
function gpuModelOf(verdicts: readonly AcceptedVerdict[]): string {
  const [chip, ...others] = new Set(verdicts.flatMap(({ gpus }) => gpus.map((gpu) => gpu.chip)));
  return chip === undefined || others.length > 0 ? '' : chip;
}

export interface AttestationTerms {
  readonly holder: Holder;
  readonly operation: OperationOf<'submitAttestation'>;
  readonly policy: AttestationPolicy;
  readonly cited: CitedDocuments;
  /** First coordinate of the key that signed the first report. */
  readonly attestingKey: Uint8Array;
}

/**
 * One attestation of all pieces of evidence: it counts while every one of them does. Without a list of workloads no
 * processor's measurement says anything, so then its key is worth no more than any other.
 * @throws AivmError `attestation_collateral_missing`, `attestation_too_large`.
 */
export function combineVerdicts(
  context: BlockContext,
  {
    pieces,
    verdicts,
  }: { readonly pieces: readonly BoundEvidence[]; readonly verdicts: readonly AcceptedVerdict[] },
  { holder, operation, policy, cited, attestingKey }: AttestationTerms,
): ProviderAttestation {
  const [first] = verdicts;
  assert(first !== undefined, 'an attestation without evidence');
  const devices = verdicts.flatMap(({ kind, devices: all }) =>
    all.flatMap(({ id }) => (id === undefined ? [] : [deviceKeyOf(kind, id)])),
  );
  return {
    ...holder,
    kind: KIND_NUMBER[first.kind],
    score: combineScores(verdicts),
    hardware: first.kind !== 'software',
    cpuTee: isProcessorKind(first.kind) && policy.measurements !== undefined,
    sessionKey: operation.sessionKey,
    validFrom: Math.max(...verdicts.map(({ validFrom }) => validFrom)),
    validUntil: Math.min(...verdicts.map(({ validUntil }) => validUntil)),
    devices,
    gpuModel: gpuModelOf(verdicts),
    measurement: first.measurement,
    attestingKey,
    authorities: markAuthorities(context, verdicts, cited),
    nonceHeight: operation.nonceHeight,
    attestedAtHeight: context.height,
    quoteDigest: namedHash('Quote', concatBytes(...pieces.flatMap(({ evidence }) => reportsOf(evidence)))),
    queuedEpoch: 0n,
    queuedPlace: 0,
  };
}
