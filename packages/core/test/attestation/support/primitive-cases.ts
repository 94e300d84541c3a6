import { constants, privateEncrypt } from 'node:crypto';
import { type AttestationPrimitives, softwareMessage } from '@aivm/core/attestation';
import { concatBytes, hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { ecKey, flipS, makeSnp, makeSoftware, rsaKey } from '@aivm/test-authority';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha384, sha512 } from '@noble/hashes/sha2.js';

/** One call and its only right answer. */
export interface PrimitiveCase {
  readonly name: string;
  readonly answer: boolean;
  call(primitives: AttestationPrimitives): boolean;
}

const MESSAGE = utf8ToBytes('what was signed');

const flipAt = (bytes: Uint8Array, offset: number, mask = 1): Uint8Array =>
  bytes.map((byte, i) => (i === offset ? byte ^ mask : byte));

function ecdsaCases(curve: 'p256' | 'p384', hash: 'sha256' | 'sha384'): readonly PrimitiveCase[] {
  const key = ecKey(curve, 'primitives');
  const size = curve === 'p256' ? 32 : 48;
  const good = key.signRaw(MESSAGE);
  const order = hexToBytes(key.order.toString(16));
  const zero = new Uint8Array(size);
  const half = (i: number): Uint8Array => good.slice(i * size, (i + 1) * size);
  const variants: readonly (readonly [string, Uint8Array, Uint8Array, boolean])[] = [
    ['good', key.point, good, true],
    ['s → n − s', key.point, flipS(good, key.order), true],
    ['r = 0', key.point, concatBytes(zero, half(1)), false],
    ['s = 0', key.point, concatBytes(half(0), zero), false],
    ['r = n', key.point, concatBytes(order, half(1)), false],
    ['s = n', key.point, concatBytes(half(0), order), false],
    ['s all ones', key.point, concatBytes(half(0), new Uint8Array(size).fill(255)), false],
    ['a bit of r', key.point, flipAt(good, 3), false],
    ['a bit of s', key.point, flipAt(good, size + 3), false],
    ['one byte short', key.point, good.slice(1), false],
    ['one byte long', key.point, concatBytes(good, Uint8Array.of(0)), false],
    ['empty', key.point, new Uint8Array(), false],
    ['point off the curve', flipAt(key.point, 2 * size), good, false],
    ['coordinates above the field', new Uint8Array(2 * size + 1).fill(255).with(0, 4), good, false],
    ['compressed point', concatBytes(Uint8Array.of(2), key.point.slice(1, size + 1)), good, false],
    ['hybrid point', key.point.with(0, 6), good, false],
    ['point at infinity', Uint8Array.of(0), good, false],
    ['zeros as point', new Uint8Array(2 * size + 1).with(0, 4), good, false],
    ['other key', ecKey(curve, 'other').point, good, false],
    ['no key', new Uint8Array(), good, false],
  ];
  return variants.map(([name, publicKey, signature, answer]) => ({
    name: `${curve} ${hash}: ${name}`,
    answer,
    call: (primitives) => primitives.verifyEcdsa({ curve, hash, publicKey, message: MESSAGE, signature }),
  }));
}

/**
 * An RSA-PSS signature by the right key whose encoding is right but for its padding: `first` and `separator` stand
 * where a zero and a one belong. Only the holder of the key can make it.
 */
function pssWithPadding(first: number, separator: number): Uint8Array {
  const { privateKey } = rsaKey(0);
  const salt = new Uint8Array(48).fill(0x5a);
  const digest = sha384(concatBytes(new Uint8Array(8), sha384(MESSAGE), salt));
  const data = concatBytes(new Uint8Array(414), Uint8Array.of(separator), salt);
  data[1] = first;
  const mask = concatBytes(
    ...Array.from({ length: 10 }, (_, i) => sha384(concatBytes(digest, Uint8Array.of(0, 0, 0, i)))),
  );
  const masked = data.map((byte, i) => byte ^ (mask[i] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  const encoded = concatBytes(masked, digest, Uint8Array.of(0xbc));
  return new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded));
}

function rsaCases(): readonly PrimitiveCase[] {
  const { modulus, sign } = rsaKey(0);
  const good = sign(MESSAGE);
  const chain = makeSnp();
  const variants: readonly (readonly [string, Uint8Array, Uint8Array, boolean])[] = [
    ['good', modulus, good, true],
    ['padding made by hand', modulus, pssWithPadding(0, 1), true],
    ['padding that is not zero', modulus, pssWithPadding(1, 1), false],
    ['separator that is not one', modulus, pssWithPadding(0, 2), false],
    ['a bit of the signature', modulus, flipAt(good, 500), false],
    ['another modulus', rsaKey(1).modulus, good, false],
    ['a bit of the modulus', flipAt(modulus, 100, 2), good, false],
    ['the modulus as signature', modulus, modulus, false],
    ['zeros', modulus, new Uint8Array(512), false],
    ['one', modulus, new Uint8Array(512).with(511, 1), false],
    ['all ones', modulus, new Uint8Array(512).fill(255), false],
    ['one byte short', modulus, good.slice(1), false],
    ['one byte long', modulus, concatBytes(Uint8Array.of(0), good), false],
    ['empty', modulus, new Uint8Array(), false],
    ['another message', modulus, chain.root.der.slice(-512), false],
  ];
  return variants.map(([name, n, signature, answer]) => ({
    name: `rsa-pss: ${name}`,
    answer,
    call: (primitives) =>
      primitives.verifyRsaPss({ modulus: n, exponent: 65_537, message: MESSAGE, signature }),
  }));
}

function messageCases(scheme: 'ed25519' | 'secp256k1'): readonly PrimitiveCase[] {
  const good = makeSoftware(scheme);
  const message = softwareMessage(good);
  const variants: readonly (readonly [string, Uint8Array, Uint8Array, boolean])[] = [
    ['good', good.publicKey, good.signature, true],
    ['a bit of the first half', good.publicKey, flipAt(good.signature, 5), false],
    ['a bit of the second half', good.publicKey, flipAt(good.signature, 40), false],
    ['a bit of the key', flipAt(good.publicKey, 20), good.signature, false],
    ['short', good.publicKey, good.signature.slice(1), false],
    ['empty', good.publicKey, new Uint8Array(), false],
    ['zeros', good.publicKey, new Uint8Array(64), false],
    ['all ones', good.publicKey, new Uint8Array(64).fill(255), false],
    ['key of zeros', new Uint8Array(good.publicKey.length), good.signature, false],
    ['no key', new Uint8Array(), good.signature, false],
  ];
  const verify = scheme === 'ed25519' ? 'verifyEd25519' : 'verifySecp256k1';
  return variants.map(([name, publicKey, signature, answer]) => ({
    name: `${scheme}: ${name}`,
    answer,
    call: (primitives) => primitives[verify]({ publicKey, message, signature }),
  }));
}

/**
 * A key with a part of small order, and a signature made for it. Multiplied by the cofactor the equation holds; as
 * it stands it does not, unless k is a multiple of 8, which this message avoids.
 */
function mixedOrderCase(): PrimitiveCase {
  const secret = new Uint8Array(32).fill(0x33);
  const { scalar, point } = ed25519.utils.getExtendedPublicKey(secret);
  const torsion = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  const publicKey = point.add(torsion).toBytes();
  const nonce = 987_654_321n;
  const r = ed25519.Point.BASE.multiply(nonce).toBytes();
  const order = ed25519.Point.Fn.ORDER;
  const littleEndian = (bytes: Uint8Array): bigint =>
    BigInt(`0x${Buffer.from(bytes.slice().reverse()).toString('hex')}`);
  const k = littleEndian(sha512(concatBytes(r, publicKey, MESSAGE))) % order;
  const s = (nonce + k * scalar) % order;
  const encodedS = hexToBytes(s.toString(16).padStart(64, '0')).reverse();
  const signature = concatBytes(r, encodedS);
  if (!ed25519.verify(signature, MESSAGE, publicKey, { zip215: true }))
    throw new Error('the case is not one');
  return {
    name: 'ed25519: key with a part of small order',
    answer: false,
    call: (primitives) => primitives.verifyEd25519({ publicKey, message: MESSAGE, signature }),
  };
}

/** Calls on which all implementations must agree, each with its answer. */
export const PRIMITIVE_CASES: readonly PrimitiveCase[] = [
  ...ecdsaCases('p256', 'sha256'),
  ...ecdsaCases('p384', 'sha384'),
  ...rsaCases(),
  ...messageCases('ed25519'),
  ...messageCases('secp256k1'),
  mixedOrderCase(),
];
