import { bytesToHex, parseTransaction } from '@aivm/core';

/**
 * Remembers signed transactions until the chain has them. A sender whose journal survives a restart (a file, IndexedDB)
 * goes on after a crash without sending anything twice: what is posted again are the same bytes with the same nonce.
 */
export interface TransactionJournal {
  /** In the order in which they were added. */
  list(): Promise<readonly Uint8Array[]>;
  /** Must be durable when it resolves: it is called before the transaction is posted. */
  add(bytes: Uint8Array): Promise<void>;
  /** By transaction id; an unknown id is no error. */
  remove(id: Uint8Array): Promise<void>;
}

/** A journal that lives as long as the process. */
export function createMemoryJournal(entries: readonly Uint8Array[] = []): TransactionJournal {
  const byId = new Map(entries.map((bytes) => [bytesToHex(parseTransaction(bytes).id), bytes]));
  return {
    list: async () => [...byId.values()],
    add: async (bytes) => {
      byId.set(bytesToHex(parseTransaction(bytes).id), bytes);
    },
    remove: async (id) => {
      byId.delete(bytesToHex(id));
    },
  };
}
