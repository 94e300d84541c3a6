import { type SignOptions, signDigest } from '../crypto/secp256k1.ts';
import {
  assembleTransaction,
  hashTransaction,
  parseTransaction,
  type Transaction,
  type UnsignedTransaction,
} from './transaction.ts';

/**
 * Signs with a 32-byte secret key.
 * @example
 * const tx = signTransaction({ chainId, genesisHash, nonce: 0n, expiry: 0n, operation }, key);
 * client.sendTransaction(tx.bytes);
 */
export const signTransaction = (
  tx: UnsignedTransaction,
  privateKey: Uint8Array,
  options: SignOptions = {},
): Transaction =>
  parseTransaction(assembleTransaction(tx, signDigest(hashTransaction(tx), privateKey, options)));
