import {
  bytesToHex,
  type Operation,
  parseTransaction,
  serializeOperation,
  type Transaction,
} from '@aivm/core';
import type { TransactionJournal } from './journal.ts';

/** Signed transactions that are not known to be on chain, by nonce. */
export interface OpenTransactions {
  add(tx: Transaction): Promise<void>;
  remove(tx: Transaction): Promise<void>;
  /** Takes out what the chain has passed: every nonce below `nonce`. */
  prune(nonce: bigint): Promise<void>;
  /** In order of nonce. */
  list(): readonly Transaction[];
  /** Marks that nobody knows whether the node took it, and that its caller was not told what became of it. */
  markUncertain(tx: Transaction): void;
  /** The node has it. */
  markKnown(tx: Transaction): void;
  uncertain(): readonly Transaction[];
  /** Transactions whose callers were not told what became of them. */
  unclaimed(): readonly Transaction[];
  /** The unclaimed transaction that carries exactly this operation. */
  findUnclaimed(operation: Operation): Transaction | undefined;
  /** A caller takes it over. */
  claim(tx: Transaction): void;
}

const operationKey = (operation: Operation): string =>
  `${operation.kind}:${bytesToHex(serializeOperation(operation))}`;

/** Loads what the journal holds; all of it is uncertain and unclaimed. */
export async function loadOpenTransactions(journal: TransactionJournal): Promise<OpenTransactions> {
  const open = new Map<bigint, Transaction>();
  const uncertain = new Set<bigint>();
  const unclaimed = new Set<bigint>();
  for (const bytes of await journal.list()) {
    const tx = parseTransaction(bytes);
    open.set(tx.nonce, tx);
    uncertain.add(tx.nonce);
    unclaimed.add(tx.nonce);
  }
  const byNonce = (list: Iterable<Transaction>): Transaction[] =>
    [...list].sort((a, b) => (a.nonce < b.nonce ? -1 : 1));
  const remove = async (tx: Transaction): Promise<void> => {
    if (open.get(tx.nonce) === tx) {
      open.delete(tx.nonce);
      uncertain.delete(tx.nonce);
      unclaimed.delete(tx.nonce);
    }
    await journal.remove(tx.id);
  };
  const listIn = (set: ReadonlySet<bigint>): Transaction[] =>
    byNonce(open.values()).filter((tx) => set.has(tx.nonce));
  return {
    add: async (tx) => {
      open.set(tx.nonce, tx);
      await journal.add(tx.bytes);
    },
    remove,
    prune: async (nonce) => {
      for (const tx of byNonce(open.values())) {
        if (tx.nonce < nonce && !uncertain.has(tx.nonce) && !unclaimed.has(tx.nonce)) await remove(tx);
      }
    },
    list: () => byNonce(open.values()),
    markUncertain: (tx) => {
      uncertain.add(tx.nonce);
      unclaimed.add(tx.nonce);
    },
    markKnown: (tx) => uncertain.delete(tx.nonce),
    uncertain: () => listIn(uncertain),
    unclaimed: () => listIn(unclaimed),
    findUnclaimed: (operation) => {
      const key = operationKey(operation);
      return listIn(unclaimed).find((tx) => operationKey(tx.operation) === key);
    },
    claim: (tx) => unclaimed.delete(tx.nonce),
  };
}
