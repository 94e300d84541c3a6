import type { Vendor } from '../../attestation/collateral/vendor-document.ts';
import { ATTESTATION_LIMITS } from '../../attestation/limits.ts';
import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, height, u8, u32 } from '../../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { namedHash } from '../../crypto/named-hash.ts';

/** Vendor documents that evidence is held against. */
export const CollateralKind = { revocationList: 0, tcbInfo: 1, enclaveIdentity: 2, manifest: 3 } as const;
export type CollateralKind = (typeof CollateralKind)[keyof typeof CollateralKind];

/** A list of 128 KiB, or a document, with signature and chain. */
const CONTENT_BYTES_MAX = 262_144;
const SIGNATURE_BYTES = 64;

/** Who publishes documents, in the order in which records number them. */
export const VENDORS: readonly Vendor[] = ['amd', 'intel', 'nvidia'];

/** What was submitted: the document and what is needed to believe it. */
export const collateralContentCodec = struct('CollateralContent', {
  kind: u8,
  /** DER of a list, JSON as Intel signed it, or a manifest's XML. */
  body: bytes(ATTESTATION_LIMITS.crlBytesMax),
  /** r ‖ s of a JSON document; empty for the others, which carry theirs. */
  signature: bytes(SIGNATURE_BYTES),
  /** DER: of a list its issuer first, of a JSON document its signer first, the root last; empty for manifests. */
  chain: list(bytes(ATTESTATION_LIMITS.certificateBytesMax), ATTESTATION_LIMITS.certificatesMax),
});

export type CollateralContent = CodecValue<typeof collateralContentCodec>;

/**
 * The slot of a subject, 32 bytes.
 * @param subject as `verifyVendorDocument` names it
 */
export const collateralSlotOf = (kind: CollateralKind, subject: string): Uint8Array =>
  namedHash('CollateralSlot', Uint8Array.of(kind), utf8ToBytes(subject));

/** A verified document, under its slot. */
export const collateralCodec = struct('Collateral', {
  kind: u8,
  /** Number of the vendor in VENDORS. */
  vendor: u8,
  /** Canonical encoding of the submitted parts. */
  content: bytes(CONTENT_BYTES_MAX),
});

export type Collateral = CodecValue<typeof collateralCodec>;

/**
 * The newest document on one subject: an issuer's list, one evaluation of a platform's or enclave's levels, a firmware's
 * references. What comes after must rank above, so that nothing older returns. Evidence cites the slot, not the content:
 * a signature, a chain or blanks between unsigned parts can be written in many ways, and the vendor signed one.
 */
export const collateralSlotCodec = struct('CollateralSlot', {
  /** Issue date of lists and documents, end of validity of manifests: the later one is newer. */
  date: height,
  /** When it counts, Unix seconds inclusive: the document and the certificates that signed it. */
  validFrom: height,
  validUntil: height,
  /** Bytes of the document's body: what citing it costs depends on them. */
  size: u32,
  /** Issue date of the newest list that revoked what the one before it did not; 0 = none has. */
  revokedSince: height,
});

export type CollateralSlot = CodecValue<typeof collateralSlotCodec>;

/** How two documents on one subject compare. */
export type DocumentAge = Pick<CollateralSlot, 'date' | 'validUntil'>;

/** Whether a document takes the place of another: issued later, or of the same date under a chain that counts longer. */
export const isNewerDocument = (document: DocumentAge, known: DocumentAge): boolean =>
  document.date > known.date || (document.date === known.date && document.validUntil > known.validUntil);

/** The newest tcbEvaluationDataNumber that Intel has signed for SGX or TDX and somebody has submitted. */
export const tcbEvaluationCodec = struct('TcbEvaluation', { newest: u32 });

/** An id of a recent block, in a ring as long as nonces are valid. */
export const recentBlockCodec = struct('RecentBlock', { height, id: bytes32 });
