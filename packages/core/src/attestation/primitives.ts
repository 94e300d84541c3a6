/** The two curves on which the vendors sign. */
export type EcCurve = 'p256' | 'p384';
/** The two hashes under which they sign. */
export type SignatureHash = 'sha256' | 'sha384';

export interface VerifyEcdsaParameters {
  readonly curve: EcCurve;
  readonly hash: SignatureHash;
  /** Uncompressed point: 0x04 ‖ x ‖ y, 65 or 97 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** r ‖ s, big-endian, 64 or 96 bytes. High s is accepted: the vendors do not normalise it. */
  readonly signature: Uint8Array;
}

export interface VerifyRsaPssParameters {
  /** Big-endian without leading zeros; 4,096 bits. */
  readonly modulus: Uint8Array;
  readonly exponent: number;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface VerifyMessageParameters {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The cryptography under attestation. Every implementation must give the same answers as the one of this package
 * on every input, because verdicts are consensus: `false`, never an exception, for a point off its curve, a value
 * out of range or a wrong length.
 */
export interface AttestationPrimitives {
  readonly name: string;
  sha256(message: Uint8Array): Uint8Array;
  sha384(message: Uint8Array): Uint8Array;
  verifyEcdsa(parameters: VerifyEcdsaParameters): boolean;
  /** RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes. */
  verifyRsaPss(parameters: VerifyRsaPssParameters): boolean;
  /** The cofactorless equation of RFC 8032; the caller has refused non-canonical and small-order points. */
  verifyEd25519(parameters: VerifyMessageParameters): boolean;
  /** ECDSA on secp256k1 with SHA-256; compressed key (33 bytes), r ‖ s; the caller has refused high s. */
  verifySecp256k1(parameters: VerifyMessageParameters): boolean;
}
