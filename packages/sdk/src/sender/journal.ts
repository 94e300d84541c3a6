import { bytesToHex } from '@aivm/core/bytes';
import { parseTransaction } from '@aivm/core/tx';

/** `settled`: a block carries it. `refused`: the node refused it, and its nonce is free. */
export type JournalVerdict = 'settled' | 'refused';

/** A signed transaction that a journal remembers. */
export interface JournalEntry {
  /** Canonical bytes. */
  readonly bytes: Uint8Array;
  /** The caller's name for the operation: a repeat under the same name is the same transaction. */
  readonly idempotencyKey?: string;
  /** What became of it; `open`, the default, while that is not known. Others are kept for the sake of their key. */
  readonly state?: 'open' | JournalVerdict;
}

/**
 * Remembers signed transactions until their outcome is known. A sender whose journal survives a restart (a file,
 * IndexedDB) goes on after a crash without sending anything twice: what is posted again are the same bytes with the same
 * nonce. Transactions under an idempotency key are remembered for as long as the journal lives.
 */
export interface TransactionJournal {
  /** In the order in which they were added. */
  list(): Promise<readonly JournalEntry[]>;
  /** Must be durable when it resolves: it is called before the transaction is posted. */
  add(entry: JournalEntry): Promise<void>;
  /** The outcome is known: an entry with a key is marked, one without is forgotten. An unknown id is no error. */
  mark(id: Uint8Array, verdict: JournalVerdict): Promise<void>;
  /** It will never take effect. An unknown id is no error. */
  remove(id: Uint8Array): Promise<void>;
}

const keyOf = (entry: JournalEntry): string => bytesToHex(parseTransaction(entry.bytes).id);

/**
 * A journal that lives as long as the process.
 * @example await createMemoryJournal().list() // []
 */
export function createMemoryJournal(entries: readonly JournalEntry[] = []): TransactionJournal {
  const byId = new Map(entries.map((entry) => [keyOf(entry), entry]));
  return {
    list: async () => [...byId.values()],
    add: async (entry) => {
      byId.set(keyOf(entry), entry);
    },
    mark: async (id, state) => {
      const entry = byId.get(bytesToHex(id));
      if (entry?.idempotencyKey === undefined) byId.delete(bytesToHex(id));
      else byId.set(bytesToHex(id), { ...entry, state });
    },
    remove: async (id) => {
      byId.delete(bytesToHex(id));
    },
  };
}
