import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, height, u8 } from '../../bytes/codec/primitives.ts';

/** Vendor documents that evidence is held against. */
export const CollateralKind = { revocationList: 0, tcbInfo: 1, enclaveIdentity: 2, manifest: 3 } as const;
export type CollateralKind = (typeof CollateralKind)[keyof typeof CollateralKind];

/** Enough for a list of 128 KiB, or for a document with its signature and chain. */
const CONTENT_BYTES_MAX = 262_144;

/** A verified document under the hash of its content. */
export const collateralCodec = struct('Collateral', {
  kind: u8,
  /** The slot that this content fills; a newer one takes its place. */
  slot: bytes32,
  /** When it counts, Unix seconds inclusive: documents and the certificates that signed them. */
  validFrom: height,
  validUntil: height,
  /** Canonical encoding of the submitted parts. */
  content: bytes(CONTENT_BYTES_MAX),
});

export type Collateral = CodecValue<typeof collateralCodec>;

/**
 * The newest document on one subject: an issuer's list, a platform's or enclave's levels, a firmware's references. What
 * comes after must rank above, so that nothing older returns.
 */
export const collateralSlotCodec = struct('CollateralSlot', {
  /** Hash under which the content is kept. */
  hash: bytes32,
  /** tcbEvaluationDataNumber; 0 for lists and manifests. */
  rank: height,
  /** Among equal ranks the later one is newer: issue date of lists and documents, end of validity of manifests. */
  date: height,
  /** Issue date of the newest list that revoked what the one before it did not; 0 = none has. */
  revokedSince: height,
});

export type CollateralSlot = CodecValue<typeof collateralSlotCodec>;

/** An id of a recent block, in a ring as long as nonces are valid. */
export const recentBlockCodec = struct('RecentBlock', { height, id: bytes32 });
