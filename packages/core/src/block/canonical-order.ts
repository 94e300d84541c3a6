import { compareBytes } from '../bytes/bytes.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { namedHash } from '../crypto/named-hash.ts';
import type { Transaction } from '../tx/transaction.ts';

/** Where a sender's transactions stand in a block: by a hash that changes with every parent, so no address is early. */
const orderKey = (parentId: Uint8Array, sender: Uint8Array): Uint8Array =>
  namedHash('Order', parentId, sender);

/**
 * The only order in which a block on `parentId` may carry these transactions: senders by order key, then nonces. A
 * proposer chooses which transactions to carry, not how they stand.
 */
export function canonicalOrder(parentId: Uint8Array, transactions: readonly Transaction[]): Transaction[] {
  const keys = new Map<string, Uint8Array>();
  const keyed = transactions.map((tx) => {
    const sender = bytesToHex(tx.sender);
    const key = keys.get(sender) ?? orderKey(parentId, tx.sender);
    keys.set(sender, key);
    return { tx, key };
  });
  keyed.sort((left, right) => {
    const bySender = compareBytes(left.key, right.key);
    if (bySender !== 0) return bySender;
    if (left.tx.nonce !== right.tx.nonce) return left.tx.nonce < right.tx.nonce ? -1 : 1;
    return compareBytes(left.tx.id, right.tx.id);
  });
  return keyed.map(({ tx }) => tx);
}

/** Whether the transactions stand in their canonical order. */
export const isCanonicalOrder = (parentId: Uint8Array, transactions: readonly Transaction[]): boolean =>
  canonicalOrder(parentId, transactions).every((tx, i) => tx === transactions[i]);
