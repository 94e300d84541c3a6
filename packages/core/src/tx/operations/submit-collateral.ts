import { ATTESTATION_LIMITS } from '../../attestation/limits.ts';
import { vendorDocumentWork } from '../../attestation/work.ts';
import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes, u8 } from '../../bytes/codec/primitives.ts';
import { CollateralKind } from '../../state/records/collateral.ts';
import { defineOperation } from './define-operation.ts';
import { certificates } from './members.ts';

const codec = struct('SubmitCollateral', {
  /** Number of CollateralKind. */
  documentKind: u8,
  body: bytes(ATTESTATION_LIMITS.crlBytesMax),
  signature: bytes(64),
  chain: certificates,
});

const DOCUMENT_KINDS = {
  [CollateralKind.revocationList]: 'revocationList',
  [CollateralKind.tcbInfo]: 'tcbInfo',
  [CollateralKind.enclaveIdentity]: 'enclaveIdentity',
  [CollateralKind.manifest]: 'manifest',
} as const;

/** An unknown kind is refused before it is looked at; it is charged as the dearest one. */
const collateralWork = ({ documentKind, body, chain }: CodecValue<typeof codec>): number =>
  vendorDocumentWork(DOCUMENT_KINDS[documentKind as CollateralKind] ?? 'revocationList', { body, chain });

/** Publishes a vendor's document: a revocation list, firmware levels, or reference measurements. */
export const submitCollateral = defineOperation({ tag: 8, codec, work: collateralWork });
