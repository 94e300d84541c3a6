import { verifyVendorDocument } from '../../attestation/collateral/verify-document.ts';
import { KIND_NUMBER } from '../../attestation/kinds.ts';
import { parseRevocationList } from '../../attestation/x509/crl.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import {
  readAttestationPolicy,
  readCollateral,
  readCollateralSlot,
  readTcbEvaluation,
} from '../../state/read-attestation.ts';
import {
  type CollateralContent,
  CollateralKind,
  collateralCodec,
  collateralContentCodec,
  collateralSlotCodec,
  collateralSlotOf,
  isNewerDocument,
  tcbEvaluationCodec,
  VENDORS,
} from '../../state/records/collateral.ts';
import { parseStored } from '../../state/stored-record.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { documentOf } from '../attestation/collateral-document.ts';
import { refuseEvidence, requireEvidence } from '../attestation/refuse-evidence.ts';
import type { BlockContext } from '../context/block-context.ts';

/** Places of evaluations below the window that are cleared when a newer one comes: Intel has skipped at most a few. */
const CLEARED_MAX = 8;

/** The serials that the list in a slot revokes; none where the slot is empty, or holds no list. */
function revokedBefore(context: BlockContext, slot: Uint8Array): ReadonlySet<string> {
  const stored = readCollateral(context.state, slot);
  if (stored?.kind !== CollateralKind.revocationList) return new Set();
  return parseRevocationList(parseStored(collateralContentCodec, stored.content).body).revoked;
}

interface Evaluated {
  readonly kind: CollateralKind;
  readonly subject: string;
  readonly evaluation: { readonly kind: 'sgx' | 'tdx'; readonly number: number };
}

/**
 * One number for an environment, whatever platform or enclave it came with: an old evaluation does not return through
 * another platform. Intel serves a new evaluation weeks before the usual one, so the newest `evaluationLag` behind it
 * still count, each in a place of its own.
 */
function countEvaluation(
  { state }: BlockContext,
  { kind, subject, evaluation }: Evaluated,
  lag: number,
): void {
  const { number } = evaluation;
  const newest = readTcbEvaluation(state, evaluation.kind);
  requireEvidence(
    number + lag >= newest,
    'collateral_mismatch',
    () => `evaluation ${number}: ${newest} is known, and at most ${lag} behind it count`,
  );
  if (number > newest) {
    const key = stateKeys.tcbEvaluation(KIND_NUMBER[evaluation.kind]);
    state.setRecord(key, tcbEvaluationCodec, { newest: number });
  }
  const base = subject.slice(0, subject.lastIndexOf('/'));
  for (let old = number - lag - 1; old >= 0 && old >= number - lag - CLEARED_MAX; old--) {
    const slot = collateralSlotOf(kind, `${base}/${old}`);
    if (readCollateralSlot(state, slot) === undefined) continue;
    state.delete(stateKeys.collateralSlot(slot));
    state.delete(stateKeys.collateral(slot));
  }
}

/**
 * Keeps a vendor's document, if it is newer than the one on the same subject, which goes. So the state holds at most one
 * document for each subject that a vendor has signed, whoever submits how often, and nothing old comes back. A list that
 * revokes more than the one before it ends the attestations that were held against that one.
 */
export function processSubmitCollateral(
  context: BlockContext,
  _sender: Uint8Array,
  operation: OperationOf<'submitCollateral'>,
): void {
  const { state, timestamp } = context;
  const { documentKind: kind, body, signature, chain } = operation;
  const content: CollateralContent = { kind, body, signature, chain };
  const policy = readAttestationPolicy(state);
  const verdict = verifyVendorDocument(documentOf(content), { now: timestamp, policy });
  if (!verdict.accepted) refuseEvidence(verdict.code, verdict.detail);
  const { date, validFrom, validUntil, subject, evaluation } = verdict;
  const documentKind = kind as CollateralKind;
  const slot = collateralSlotOf(documentKind, subject);
  const known = readCollateralSlot(state, slot);
  const isAsNew = known?.date === date && known.validUntil === validUntil;
  requireThat(!isAsNew, 'duplicate', () => 'the chain holds this document, or one of the same date');
  const isNewer = known === undefined || isNewerDocument({ date, validUntil }, known);
  requireEvidence(isNewer, 'collateral_mismatch', () => 'not newer than the document on chain');
  if (evaluation !== undefined) {
    countEvaluation(context, { kind: documentKind, subject, evaluation }, policy.intel.evaluationLag);
  }
  const before = revokedBefore(context, slot);
  const revokesMore = [...verdict.revoked].some((serial) => !before.has(serial));
  state.setRecord(stateKeys.collateral(slot), collateralCodec, {
    kind,
    vendor: VENDORS.indexOf(verdict.vendor),
    content: serialize(collateralContentCodec, content),
  });
  state.setRecord(stateKeys.collateralSlot(slot), collateralSlotCodec, {
    date,
    validFrom,
    validUntil,
    size: body.length,
    revokedSince: revokesMore ? date : (known?.revokedSince ?? 0),
  });
}
