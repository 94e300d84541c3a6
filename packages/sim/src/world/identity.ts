import { createRequire } from 'node:module';
import {
  assembleTransaction,
  bytesToHex,
  equalBytes,
  hashTransaction,
  keccak256,
  privateKeyToAddress,
  signTransaction,
  type UnsignedTransaction,
  utf8ToBytes,
} from '@aivm/core';

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

type Sign = (tx: UnsignedTransaction, key: Uint8Array) => Uint8Array;

const pure: Sign = (tx, key) => signTransaction(tx, key).bytes;

function createNativeSign(): Sign {
  const native = createRequire(import.meta.url)('secp256k1/bindings') as NativeSecp256k1;
  return (tx, key) => {
    const { signature, recid } = native.ecdsaSign(hashTransaction(tx), key);
    const joined = new Uint8Array(65);
    joined.set(signature, 0);
    joined[64] = recid;
    return assembleTransaction(tx, joined);
  };
}

/** Both make RFC 6979 nonces and low s, so a seed gives the same bytes with either; a native one that differs is not used. */
function chooseSign(): Sign {
  try {
    const native = createNativeSign();
    const { key } = identityOf('probe');
    const probe: UnsignedTransaction = {
      chainId: 1n,
      nonce: 7n,
      operation: { kind: 'heartbeat', id: 'probe' },
    };
    return equalBytes(native(probe, key), pure(probe, key)) ? native : pure;
  } catch {
    return pure;
  }
}

let chosen: Sign | undefined;

/** Canonical bytes of a signed transaction: about 60 µs with the native addon, 20 times that without. */
export function signBytes(tx: UnsignedTransaction, { key }: Identity): Uint8Array {
  chosen ??= chooseSign();
  return chosen(tx, key);
}
