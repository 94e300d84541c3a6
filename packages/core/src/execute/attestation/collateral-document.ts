import { activePrimitives } from '../../attestation/active-primitives.ts';
import { type DocumentIdentity, identifyDocument } from '../../attestation/collateral/identify-document.ts';
import type { VendorDocument } from '../../attestation/collateral/vendor-document.ts';
import { AttestationRefusal } from '../../attestation/refusal.ts';
import { type CollateralContent, CollateralKind, collateralSlotOf } from '../../state/records/collateral.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { refuseEvidence, requireEvidence } from './refuse-evidence.ts';

/** What was submitted as the verifier takes it. @throws AivmError `attestation_malformed`. */
export function documentOf({ kind, body, signature, chain }: CollateralContent): VendorDocument {
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

/** Where a document belongs and how it compares with the one there. */
export interface CollateralPlace extends DocumentIdentity {
  /** 32 bytes; what evidence cites. */
  readonly slot: Uint8Array;
}

/**
 * The place of a document that is to be submitted; nothing of it is verified.
 * @throws AivmError `attestation_malformed` and other codes of form.
 * @example const { slot } = placeOfCollateral(operation); // then stateKeys.collateralSlot(slot) says what is there
 */
export function placeOfCollateral(operation: Omit<OperationOf<'submitCollateral'>, 'kind'>): CollateralPlace {
  const { documentKind: kind, body, signature, chain } = operation;
  try {
    const identity = identifyDocument(documentOf({ kind, body, signature, chain }), activePrimitives());
    return { ...identity, slot: collateralSlotOf(kind as CollateralKind, identity.subject) };
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    return refuseEvidence(error.code, error.message);
  }
}
