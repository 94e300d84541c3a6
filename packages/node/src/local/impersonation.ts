import { concatBytes, isZeroBytes } from '@aivm/core/bytes';
import {
  assembleTransaction,
  parseKnownTransaction,
  parseTransaction,
  type Transaction,
  type UnsignedTransaction,
} from '@aivm/core/tx';

const SIGNATURE_BYTES = 65;
const PADDING = 12;
const ADDRESS_END = 32;

/**
 * What stands in the place of a signature in a transaction that nobody signed: the address of whom it counts as, and an s of
 * zero, which no signature has. Core refuses it; a node parses it only if its engine does, on a development chain.
 */
const standIn = (from: Uint8Array): Uint8Array =>
  concatBytes(new Uint8Array(PADDING), from, new Uint8Array(SIGNATURE_BYTES - ADDRESS_END));

/** The address in the place of a signature; undefined for a signature. */
function impersonated(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length <= SIGNATURE_BYTES) return undefined;
  const signature = bytes.subarray(-SIGNATURE_BYTES);
  const isStandIn =
    isZeroBytes(signature.subarray(0, PADDING)) && isZeroBytes(signature.subarray(ADDRESS_END));
  return isStandIn ? signature.slice(PADDING, ADDRESS_END) : undefined;
}

/** The bytes of a transaction of `from` that nobody signed. */
export const assembleAs = (from: Uint8Array, tx: UnsignedTransaction): Uint8Array =>
  assembleTransaction(tx, standIn(from));

/** As core's `parseTransaction`, and takes the transactions of {@link assembleAs} whose id `isAllowed`. */
export function parseImpersonated(bytes: Uint8Array, isAllowed: (id: Uint8Array) => boolean): Transaction {
  const from = bytes instanceof Uint8Array ? impersonated(bytes) : undefined;
  const tx = from && parseKnownTransaction(bytes, from);
  return tx !== undefined && isAllowed(tx.id) ? tx : parseTransaction(bytes);
}
