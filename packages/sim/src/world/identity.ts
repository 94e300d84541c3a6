import { createRequire } from 'node:module';
import { bytesToHex, equalBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress, signDigest } from '@aivm/core/crypto';
import { assembleTransaction, hashTransaction, type UnsignedTransaction } from '@aivm/core/tx';

/** A key with its address. The name alone decides it. */
export interface Identity {
  readonly name: string;
  readonly key: Uint8Array;
  readonly address: Uint8Array;
  /** Hex of the address, without 0x. */
  readonly hex: string;
}

const IDENTITIES = new Map<string, Identity>();

/** The identity of a name; made once a process, because a public key costs more than a transaction. */
export function identityOf(name: string): Identity {
  const known = IDENTITIES.get(name);
  if (known !== undefined) return known;
  const key = keccak256(utf8ToBytes(`aivm-sim-key/${name}`));
  const address = privateKeyToAddress(key);
  const identity = { name, key, address, hex: bytesToHex(address) };
  IDENTITIES.set(name, identity);
  return identity;
}

/** The part of the native addon that is used. */
interface NativeSecp256k1 {
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { readonly signature: Uint8Array; readonly recid: number };
}

/** 65 bytes: r, s, recovery id. */
type Sign = (digest: Uint8Array, key: Uint8Array) => Uint8Array;

function createNativeSign(): Sign {
  const native = createRequire(import.meta.url)('secp256k1/bindings') as NativeSecp256k1;
  return (digest, key) => {
    const { signature, recid } = native.ecdsaSign(digest, key);
    const joined = new Uint8Array(65);
    joined.set(signature, 0);
    joined[64] = recid;
    return joined;
  };
}

/** Both make RFC 6979 nonces and low s, so a seed gives the same bytes with either; a native one that differs is not used. */
function chooseSign(): Sign {
  try {
    const native = createNativeSign();
    const { key } = identityOf('probe');
    const probe = keccak256(utf8ToBytes('probe'));
    return equalBytes(native(probe, key), signDigest(probe, key)) ? native : signDigest;
  } catch {
    return signDigest;
  }
}

let chosen: Sign | undefined;

/** A signature of 32 bytes: about 60 µs with the native addon, 20 times that without. */
export function signHash(digest: Uint8Array, { key }: Identity): Uint8Array {
  chosen ??= chooseSign();
  return chosen(digest, key);
}

/** Canonical bytes of a signed transaction. */
export const signBytes = (tx: UnsignedTransaction, identity: Identity): Uint8Array =>
  assembleTransaction(tx, signHash(hashTransaction(tx), identity));
