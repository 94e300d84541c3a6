import { bytesToHex, hexToBytes, isHex } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { importWallet } from './wallet.ts';

/** An encrypted key in the form that Ethereum's tools share: Web3 Secret Storage, version 3. */
export interface Keystore {
  readonly version: 3;
  readonly id: string;
  /** 40 hex digits without a prefix. */
  readonly address: string;
  readonly crypto: {
    readonly cipher: 'aes-128-ctr';
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: 'scrypt';
    readonly kdfparams: {
      readonly dklen: number;
      readonly n: number;
      readonly p: number;
      readonly r: number;
      readonly salt: string;
    };
    readonly mac: string;
  };
}

/** Derives keys from passwords; a host may have a quicker one than this package's, which runs in browsers too. */
export type Scrypt = (
  password: Uint8Array,
  salt: Uint8Array,
  cost: { readonly N: number; readonly r: number; readonly p: number; readonly dkLen: number },
) => Promise<Uint8Array>;

const KEY_BYTES = 32;
/** The customary cost of standard key files: 128 MiB and about a second. */
const SCRYPT_N = 131_072;
/** Costs of foreign files are bounded, so that a file cannot hold a process up for hours. */
const SCRYPT_N_MAX = 1_048_576;
const SCRYPT_RP_MAX = 64;
const PBKDF2_ROUNDS_MAX = 10_000_000;
const IV_BYTES = 16;

const ownScrypt: Scrypt = (password, salt, cost) => scryptAsync(password, salt, { ...cost, maxmem: 2 ** 32 });

/**
 * Encrypts a secret key under a password.
 *
 * @param options.n scrypt's cost, a power of two; default 131,072, which takes about a second and 128 MiB
 * @param options.scrypt default: the one of this package, in JavaScript
 * @throws RangeError if `privateKey` is no key
 * @example await decryptKeystore(await encryptKeystore(key, 'a password', { n: 1_024 }), 'a password') // key
 */
export async function encryptKeystore(
  privateKey: Uint8Array,
  password: string,
  { n = SCRYPT_N, scrypt = ownScrypt }: { readonly n?: number; readonly scrypt?: Scrypt } = {},
): Promise<Keystore> {
  const { addressBytes } = importWallet({ privateKey });
  const salt = randomBytes(KEY_BYTES);
  const iv = randomBytes(IV_BYTES);
  const derived = await scrypt(passwordBytes(password), salt, { N: n, r: 8, p: 1, dkLen: KEY_BYTES });
  const ciphertext = await aesCtr(derived, iv, privateKey);
  return {
    version: 3,
    id: crypto.randomUUID(),
    address: bytesToHex(addressBytes),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: bytesToHex(iv) },
      ciphertext: bytesToHex(ciphertext),
      kdf: 'scrypt',
      kdfparams: { dklen: KEY_BYTES, n, p: 1, r: 8, salt: bytesToHex(salt) },
      mac: bytesToHex(macOf(derived, ciphertext)),
    },
  };
}

/**
 * The secret key of an encrypted key file, made here or by another tool (scrypt or PBKDF2 with HMAC-SHA-256).
 *
 * @param keystore parsed JSON
 * @throws AivmError `malformed` if a member is missing or out of bounds, `forbidden` if the password is wrong
 * @example await decryptKeystore(await encryptKeystore(key, 'a password', { n: 1_024 }), 'a password') // key
 */
export async function decryptKeystore(
  keystore: unknown,
  password: string,
  { scrypt = ownScrypt }: { readonly scrypt?: Scrypt } = {},
): Promise<Uint8Array> {
  const file = recordOf(keystore, 'keystore');
  if (file.version !== 3) throw refuse('version', file.version, '3');
  // Old files write the member with a capital letter.
  const box = recordOf(file.crypto ?? file.Crypto, 'crypto');
  if (box.cipher !== 'aes-128-ctr') throw refuse('crypto.cipher', box.cipher, 'aes-128-ctr');
  const iv = bytesOf(
    recordOf(box.cipherparams, 'crypto.cipherparams').iv,
    'crypto.cipherparams.iv',
    IV_BYTES,
  );
  const ciphertext = bytesOf(box.ciphertext, 'crypto.ciphertext', KEY_BYTES);
  const mac = bytesOf(box.mac, 'crypto.mac', KEY_BYTES);
  const derived = await deriveKey(box, passwordBytes(password), scrypt);
  if (bytesToHex(macOf(derived, ciphertext)) !== bytesToHex(mac))
    throw new AivmError('forbidden', 'keystore: the password does not open it');
  return aesCtr(derived, iv, ciphertext);
}

async function deriveKey(
  box: Record<string, unknown>,
  password: Uint8Array,
  scrypt: Scrypt,
): Promise<Uint8Array> {
  const params = recordOf(box.kdfparams, 'crypto.kdfparams');
  const salt = bytesOf(params.salt, 'crypto.kdfparams.salt');
  const dkLen = integerOf(params.dklen, 'crypto.kdfparams.dklen', KEY_BYTES, KEY_BYTES);
  if (box.kdf === 'scrypt') {
    const N = integerOf(params.n, 'crypto.kdfparams.n', 2, SCRYPT_N_MAX);
    if ((N & (N - 1)) !== 0) throw refuse('crypto.kdfparams.n', N, 'a power of two');
    const r = integerOf(params.r, 'crypto.kdfparams.r', 1, SCRYPT_RP_MAX);
    const p = integerOf(params.p, 'crypto.kdfparams.p', 1, Math.floor(SCRYPT_RP_MAX / r));
    return scrypt(password, salt, { N, r, p, dkLen });
  }
  if (box.kdf !== 'pbkdf2') throw refuse('crypto.kdf', box.kdf, 'scrypt or pbkdf2');
  if (params.prf !== 'hmac-sha256') throw refuse('crypto.kdfparams.prf', params.prf, 'hmac-sha256');
  const c = integerOf(params.c, 'crypto.kdfparams.c', 1, PBKDF2_ROUNDS_MAX);
  const key = await crypto.subtle.importKey('raw', password.slice(), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: salt.slice(), iterations: c };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, dkLen * 8));
}

/** Passwords count in Unicode's composed form, so that every keyboard types the same one. */
const passwordBytes = (password: string): Uint8Array => new TextEncoder().encode(password.normalize('NFKC'));

const macOf = (derived: Uint8Array, ciphertext: Uint8Array): Uint8Array => {
  const message = new Uint8Array(KEY_BYTES / 2 + ciphertext.length);
  message.set(derived.subarray(KEY_BYTES / 2));
  message.set(ciphertext, KEY_BYTES / 2);
  return keccak256(message);
};

async function aesCtr(derived: Uint8Array, iv: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const name = 'AES-CTR';
  const raw = derived.slice(0, KEY_BYTES / 2);
  const key = await crypto.subtle.importKey('raw', raw, name, false, ['encrypt']);
  const counter = iv.slice();
  return new Uint8Array(await crypto.subtle.encrypt({ name, counter, length: 128 }, key, data.slice()));
}

const refuse = (name: string, value: unknown, expected: string): AivmError =>
  new AivmError('malformed', `keystore: ${name} is ${shown(value)}; it must be ${expected}`);

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);

function recordOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(name, value, 'an object');
  return value as Record<string, unknown>;
}

function integerOf(value: unknown, name: string, from: number, to: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to)
    throw refuse(name, value, from === to ? String(from) : `an integer ${from}…${to}`);
  return value;
}

function bytesOf(value: unknown, name: string, size?: number): Uint8Array {
  const expected = size === undefined ? 'hex' : `${size} bytes of hex`;
  if (typeof value !== 'string' || !isHex(value)) throw refuse(name, value, expected);
  const bytes = hexToBytes(value);
  if (size !== undefined && bytes.length !== size) throw refuse(name, value, expected);
  return bytes;
}
