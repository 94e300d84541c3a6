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
  /** Marks that nobody knows whether the node took it. */
  markUncertain(tx: Transaction): void;
  markKnown(tx: Transaction): void;
  uncertain(): readonly Transaction[];
  /** The uncertain transaction that carries exactly this operation. */
  findUncertain(operation: Operation): Transaction | undefined;
}

const operationKey = (operation: Operation): string =>
  `${operation.kind}:${bytesToHex(serializeOperation(operation))}`;

/** Loads what the journal holds; all of it is uncertain. */
export async function loadOpenTransactions(journal: TransactionJournal): Promise<OpenTransactions> {
  const open = new Map<bigint, Transaction>();
  const uncertain = new Set<bigint>();
  for (const bytes of await journal.list()) {
    const tx = parseTransaction(bytes);
    open.set(tx.nonce, tx);
    uncertain.add(tx.nonce);
  }
  const byNonce = (list: Iterable<Transaction>): Transaction[] =>
    [...list].sort((a, b) => (a.nonce < b.nonce ? -1 : 1));
  const remove = async (tx: Transaction): Promise<void> => {
    if (open.get(tx.nonce) === tx) {
      open.delete(tx.nonce);
      uncertain.delete(tx.nonce);
    }
    await journal.remove(tx.id);
  };
  const listUncertain = (): Transaction[] => byNonce(open.values()).filter((tx) => uncertain.has(tx.nonce));
  return {
    add: async (tx) => {
      open.set(tx.nonce, tx);
      await journal.add(tx.bytes);
    },
    remove,
    prune: async (nonce) => {
      for (const tx of byNonce(open.values()))
        if (tx.nonce < nonce && !uncertain.has(tx.nonce)) await remove(tx);
    },
    list: () => byNonce(open.values()),
    markUncertain: (tx) => uncertain.add(tx.nonce),
    markKnown: (tx) => uncertain.delete(tx.nonce),
    uncertain: listUncertain,
    findUncertain: (operation) => {
      const key = operationKey(operation);
      return listUncertain().find((tx) => operationKey(tx.operation) === key);
    },
  };
}
