import { createPrivateKey, type KeyObject } from 'node:crypto';
import { concatBytes, hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { p256, p384 } from '@noble/curves/nist.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { bits, integer, NULL, octets, oid, sequence, unsigned } from './der.ts';
import { signPss } from './pss.ts';
import { TEST_RSA_PRIMES } from './rsa-primes.ts';

/** A key of a test authority or device. */
export interface TestKey {
  readonly spki: Uint8Array;
  /** Encoded AlgorithmIdentifier of its signatures. */
  readonly algorithm: Uint8Array;
  /** A signature as certificates carry it. */
  sign(message: Uint8Array): Uint8Array;
}

export interface TestEcKey extends TestKey {
  readonly point: Uint8Array;
  /** r ‖ s. */
  signRaw(message: Uint8Array): Uint8Array;
  readonly order: bigint;
}

const CURVES = {
  p256: { curve: p256, hash: sha256, curveOid: '1.2.840.10045.3.1.7', algorithmOid: '1.2.840.10045.4.3.2' },
  p384: { curve: p384, hash: sha384, curveOid: '1.3.132.0.34', algorithmOid: '1.2.840.10045.4.3.3' },
} as const;

export const ecdsaDer = (raw: Uint8Array): Uint8Array =>
  sequence(unsigned(raw.slice(0, raw.length / 2)), unsigned(raw.slice(raw.length / 2)));

const EC_KEYS = new Map<string, TestEcKey>();

/** A key made of `seed`: the same in every run, and made once a process. */
export function ecKey(curveName: keyof typeof CURVES, seed: string): TestEcKey {
  const name = `${curveName}/${seed}`;
  const key = EC_KEYS.get(name) ?? makeEcKey(curveName, seed);
  EC_KEYS.set(name, key);
  return key;
}

function makeEcKey(curveName: keyof typeof CURVES, seed: string): TestEcKey {
  const { curve, hash, curveOid, algorithmOid } = CURVES[curveName];
  const size = curveName === 'p256' ? 32 : 48;
  const secret = sha384(utf8ToBytes(seed)).slice(0, size);
  secret[0] = 0x11;
  const point = curve.getPublicKey(secret, false);
  const signRaw = (message: Uint8Array): Uint8Array =>
    curve.sign(hash(message), secret, { prehash: false, lowS: false });
  return {
    point,
    signRaw,
    spki: sequence(sequence(oid('1.2.840.10045.2.1'), oid(curveOid)), bits(point)),
    algorithm: sequence(oid(algorithmOid)),
    sign: (message) => ecdsaDer(signRaw(message)),
    order: curve.Point.Fn.ORDER,
  };
}

function hexOf(value: bigint): string {
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, t0, t1] = [modulus, value, 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return ((t0 % modulus) + modulus) % modulus;
}

const SHA384_ALGORITHM = sequence(oid('2.16.840.1.101.3.4.2.2'), NULL);

/** RSASSA-PSS parameters; other salts make certificates that must be refused. */
export const pssAlgorithm = (saltBytes = 48, hash = SHA384_ALGORITHM): Uint8Array =>
  sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      tagged(0, hash),
      tagged(1, sequence(oid('1.2.840.113549.1.1.8'), hash)),
      tagged(2, integer(saltBytes)),
    ),
  );

const tagged = (number: number, content: Uint8Array): Uint8Array => {
  const wrapped = octets(content);
  wrapped[0] = 0xa0 + number;
  return wrapped;
};

/** One of the kept RSA keys. */
export function rsaKey(
  index: number,
): TestKey & { readonly privateKey: KeyObject; readonly modulus: Uint8Array } {
  const primes = TEST_RSA_PRIMES[index];
  if (primes === undefined) throw new RangeError(`index: no test key ${index}`);
  const [p, q, e] = [BigInt(`0x${primes.p}`), BigInt(`0x${primes.q}`), 65_537n];
  const d = inverse(e, (p - 1n) * (q - 1n));
  const url = (value: bigint): string => Buffer.from(hexOf(value), 'hex').toString('base64url');
  const key = {
    kty: 'RSA',
    n: url(p * q),
    e: url(e),
    d: url(d),
    p: url(p),
    q: url(q),
    dp: url(d % (p - 1n)),
  };
  const privateKey = createPrivateKey({
    key: { ...key, dq: url(d % (q - 1n)), qi: url(inverse(q, p)) },
    format: 'jwk',
  });
  const modulus = hexToBytes(hexOf(p * q));
  return {
    privateKey,
    modulus,
    spki: sequence(
      sequence(oid('1.2.840.113549.1.1.1'), NULL),
      bits(sequence(unsigned(modulus), integer(65_537))),
    ),
    algorithm: pssAlgorithm(),
    sign: (message) => signPss(message, privateKey),
  };
}

/** s → n − s: another signature of the same message by the same key. */
export function flipS(raw: Uint8Array, order: bigint): Uint8Array {
  const size = raw.length / 2;
  const s = BigInt(`0x${Buffer.from(raw.slice(size)).toString('hex')}`);
  return concatBytes(raw.slice(0, size), hexToBytes((order - s).toString(16).padStart(2 * size, '0')));
}
