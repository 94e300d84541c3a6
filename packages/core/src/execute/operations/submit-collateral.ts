import { type VendorDocument, verifyVendorDocument } from '../../attestation/collateral/verify-document.ts';
import { parseRevocationList } from '../../attestation/x509/crl.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readAttestationPolicy, readCollateral, readCollateralSlot } from '../../state/read-attestation.ts';
import {
  type CollateralContent,
  CollateralKind,
  type CollateralSlot,
  collateralCodec,
  collateralContentCodec,
  collateralHash,
  collateralSlotCodec,
  collateralSlotOf,
  VENDORS,
} from '../../state/records/collateral.ts';
import { parseStored } from '../../state/stored-record.ts';
import type { OperationOf } from '../../tx/operations/definitions.ts';
import { refuseEvidence, requireEvidence } from '../attestation/refuse-evidence.ts';
import type { BlockContext } from '../context/block-context.ts';

function documentOf({ kind, body, signature, chain }: CollateralContent): VendorDocument {
  const isSigned = signature.length > 0;
  switch (kind) {
    case CollateralKind.revocationList:
      requireEvidence(!isSigned, 'malformed', () => 'a list carries its own signature');
      return { kind: 'revocationList', list: body, chain };
    case CollateralKind.tcbInfo:
      return { kind: 'tcbInfo', document: { bytes: body, signature, chain } };
    case CollateralKind.enclaveIdentity:
      return { kind: 'enclaveIdentity', document: { bytes: body, signature, chain } };
    case CollateralKind.manifest:
      requireEvidence(!isSigned && chain.length === 0, 'malformed', () => 'a manifest carries its own chain');
      return { kind: 'manifest', manifest: body };
    default:
      return refuseEvidence('malformed', `documentKind ${kind}`);
  }
}

/** The serials that the list in a slot revokes; none where the slot is empty, or holds no list. */
function revokedBefore(context: BlockContext, slot: CollateralSlot | undefined): ReadonlySet<string> {
  const stored = slot === undefined ? undefined : readCollateral(context.state, slot.hash);
  if (stored?.kind !== CollateralKind.revocationList) return new Set();
  return parseRevocationList(parseStored(collateralContentCodec, stored.content).body).revoked;
}

/**
 * Keeps a vendor's document, if it is newer than the one on the same subject, which goes. So the state holds at most one
 * document for each subject that a vendor has signed, whoever submits how often, and nothing old comes back. A list that
 * revokes more than the one before it ends the attestations that were held against that one.
 */
export function processSubmitCollateral(
  context: BlockContext,
  operation: OperationOf<'submitCollateral'>,
): void {
  const { state, timestamp } = context;
  const { documentKind: kind, body, signature, chain } = operation;
  const content: CollateralContent = { kind, body, signature, chain };
  const hash = collateralHash(content);
  requireThat(readCollateral(state, hash) === undefined, 'duplicate', () => 'the document is on chain');
  const verdict = verifyVendorDocument(documentOf(content), {
    now: timestamp,
    policy: readAttestationPolicy(state),
  });
  if (!verdict.accepted) refuseEvidence(verdict.code, verdict.detail);
  const { rank, date, validFrom, validUntil } = verdict;
  const slotKey = collateralSlotOf(kind as CollateralKind, verdict.subject);
  const known = readCollateralSlot(state, slotKey);
  const isNewer = known === undefined || rank > known.rank || (rank === known.rank && date > known.date);
  requireEvidence(isNewer, 'collateral_mismatch', () => 'not newer than the document on chain');
  const before = revokedBefore(context, known);
  const revokesMore = [...verdict.revoked].some((serial) => !before.has(serial));
  if (known !== undefined) state.delete(stateKeys.collateral(known.hash));
  state.setRecord(stateKeys.collateral(hash), collateralCodec, {
    kind,
    vendor: VENDORS.indexOf(verdict.vendor),
    slot: slotKey,
    validFrom,
    validUntil,
    content: serialize(collateralContentCodec, content),
  });
  state.setRecord(stateKeys.collateralSlot(slotKey), collateralSlotCodec, {
    hash,
    rank,
    date,
    revokedSince: revokesMore ? date : (known?.revokedSince ?? 0),
  });
}
