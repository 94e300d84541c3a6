import { concatBytes, equalBytes } from '../../bytes/bytes.ts';
import { hexToBytes } from '../../bytes/hex.ts';
import type { AttestationPrimitives, EcCurve, SignatureHash } from '../primitives.ts';
import { refuse } from '../refusal.ts';
import { DER_TAG, type DerValue, readDer, sequenceOf } from './der.ts';
import { oidText, smallInteger, unsignedOctets, wholeBitString } from './der-values.ts';

/** A key that a certificate binds to its subject. */
export type PublicKey =
  | { readonly type: 'ec'; readonly curve: EcCurve; readonly point: Uint8Array }
  | { readonly type: 'rsa'; readonly modulus: Uint8Array; readonly exponent: number };

/** How a certificate or list is signed. */
export type SignatureAlgorithm =
  | { readonly type: 'ecdsa'; readonly hash: SignatureHash }
  | { readonly type: 'rsa-pss-sha384' };

/** Bytes of one coordinate and of one half of a signature. */
const EC_SCALAR_BYTES = { p256: 32, p384: 48 } as const;

const RSA_MODULUS_BYTES = 512;
const RSA_EXPONENT = 65_537;
const CURVE_BY_OID: Readonly<Record<string, EcCurve>> = {
  '1.2.840.10045.3.1.7': 'p256',
  '1.3.132.0.34': 'p384',
};
const ECDSA_HASH_BY_OID: Readonly<Record<string, SignatureHash>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
};

// RSASSA-PSS-params for SHA-384, MGF1 with SHA-384 and a 48-byte salt. AMD writes both with and without the default
// trailer field, and with and without the NULL of the hash, so the parameters are walked, not compared.
const OID_RSA_PSS = '1.2.840.113549.1.1.10';
const OID_MGF1 = '1.2.840.113549.1.1.8';
const OID_SHA384 = '2.16.840.1.101.3.4.2.2';
const NULL_ENCODED = hexToBytes('0500');

function isSha384(value: DerValue): boolean {
  const members = sequenceOf(value, 'hash algorithm');
  const oid = oidText(members.take(DER_TAG.oid), 'hash algorithm');
  if (!members.isDone && !equalBytes(members.any().encoded, NULL_ENCODED)) return false;
  members.end();
  return oid === OID_SHA384;
}

function assertPssParameters(value: DerValue): void {
  const members = sequenceOf(value, 'PSS parameters');
  const hash = members.optional(0xa0);
  const mask = members.optional(0xa1);
  const salt = members.optional(0xa2);
  const trailer = members.optional(0xa3);
  members.end();
  if (hash === undefined || mask === undefined || salt === undefined)
    refuse('unsupported', 'PSS: not SHA-384');
  const maskMembers = sequenceOf(readDer(mask.content), 'PSS mask');
  const isMgf1 = oidText(maskMembers.take(DER_TAG.oid), 'PSS mask') === OID_MGF1;
  const maskHash = maskMembers.take(DER_TAG.sequence);
  maskMembers.end();
  if (!isMgf1 || !isSha384(maskHash) || !isSha384(readDer(hash.content)))
    refuse('unsupported', 'PSS: not SHA-384');
  if (smallInteger(readDer(salt.content), 'PSS salt') !== 48)
    refuse('unsupported', 'PSS: salt is not 48 bytes');
  if (trailer !== undefined && smallInteger(readDer(trailer.content), 'PSS trailer') !== 1) {
    refuse('unsupported', 'PSS: trailer');
  }
}

/** The algorithm that an AlgorithmIdentifier names; `unsupported` for any that no vendor here uses. */
export function readSignatureAlgorithm(value: DerValue): SignatureAlgorithm {
  const members = sequenceOf(value, 'signature algorithm');
  const oid = oidText(members.take(DER_TAG.oid), 'signature algorithm');
  if (oid === OID_RSA_PSS) {
    assertPssParameters(members.take(DER_TAG.sequence));
    members.end();
    return { type: 'rsa-pss-sha384' };
  }
  const hash = ECDSA_HASH_BY_OID[oid];
  if (hash === undefined) refuse('unsupported', `signature algorithm ${oid}`);
  members.end();
  return { type: 'ecdsa', hash };
}

/** The key in a SubjectPublicKeyInfo: an uncompressed point on P-256 or P-384, or RSA of 4,096 bits. */
export function readPublicKey(spki: DerValue): PublicKey {
  const members = sequenceOf(spki, 'public key');
  const algorithm = sequenceOf(members.take(DER_TAG.sequence), 'public key algorithm');
  const key = wholeBitString(members.take(DER_TAG.bitString), 'public key');
  members.end();
  const oid = oidText(algorithm.take(DER_TAG.oid), 'public key algorithm');
  if (oid === '1.2.840.10045.2.1') {
    const curveOid = oidText(algorithm.take(DER_TAG.oid), 'curve');
    algorithm.end();
    const curve = CURVE_BY_OID[curveOid];
    if (curve === undefined) refuse('unsupported', `curve ${curveOid}`);
    if (key.length !== 2 * EC_SCALAR_BYTES[curve] + 1 || key[0] !== 4)
      refuse('unsupported', 'a compressed point');
    return { type: 'ec', curve, point: key };
  }
  if (oid !== '1.2.840.113549.1.1.1') refuse('unsupported', `public key algorithm ${oid}`);
  if (algorithm.take(DER_TAG.null).content.length !== 0) refuse('malformed', 'public key algorithm: NULL');
  algorithm.end();
  const numbers = sequenceOf(readDer(key), 'RSA key');
  const modulus = unsignedOctets(numbers.take(DER_TAG.integer), 'RSA modulus');
  const exponent = smallInteger(numbers.take(DER_TAG.integer), 'RSA exponent');
  numbers.end();
  const isAccepted =
    modulus.length === RSA_MODULUS_BYTES && (modulus[0] ?? 0) >= 0x80 && exponent === RSA_EXPONENT;
  if (!isAccepted) refuse('unsupported', 'RSA key: expected 4,096 bits and exponent 65537');
  return { type: 'rsa', modulus, exponent };
}

/** r ‖ s from the DER form SEQUENCE { r, s }; undefined where a half does not fit the curve. */
function ecdsaDerToRaw(der: Uint8Array, curve: EcCurve): Uint8Array | undefined {
  const size = EC_SCALAR_BYTES[curve];
  const members = sequenceOf(readDer(der), 'ECDSA signature');
  const halves = [members.take(DER_TAG.integer), members.take(DER_TAG.integer)].map((half) =>
    unsignedOctets(half, 'ECDSA signature'),
  );
  members.end();
  if (halves.some((half) => half.length > size)) return undefined;
  return concatBytes(...halves.map((half) => concatBytes(new Uint8Array(size - half.length), half)));
}

export interface VerifySignedParameters {
  readonly key: PublicKey;
  readonly algorithm: SignatureAlgorithm;
  readonly message: Uint8Array;
  /** As a certificate carries it: DER for ECDSA, whole octets for RSA. */
  readonly signature: Uint8Array;
  readonly primitives: AttestationPrimitives;
}

/** Whether `signature` over `message` is by `key`; false also where key and algorithm are of different kinds. */
export function verifySigned(parameters: VerifySignedParameters): boolean {
  const { key, algorithm, message, signature, primitives } = parameters;
  if (key.type === 'rsa') {
    const { modulus, exponent } = key;
    return (
      algorithm.type === 'rsa-pss-sha384' &&
      primitives.verifyRsaPss({ modulus, exponent, message, signature })
    );
  }
  if (algorithm.type !== 'ecdsa') return false;
  const raw = ecdsaDerToRaw(signature, key.curve);
  if (raw === undefined) return false;
  const { curve, point } = key;
  return primitives.verifyEcdsa({ curve, hash: algorithm.hash, publicKey: point, message, signature: raw });
}
