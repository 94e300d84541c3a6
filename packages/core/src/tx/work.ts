import { operationDefinition } from './operations/operations.ts';
import type { Transaction } from './transaction.ts';

/** Work units of every transaction: parsing, one signature recovery, the account. 1 unit ≈ 1 µs of noble. */
const BASE = 400;
/** Bytes that are hashed, stored and served cost one unit per 64. */
const BYTES_PER_UNIT = 64;

function operationWork(operation: Transaction['operation']): number {
  const { work } = operationDefinition(operation.kind);
  return typeof work === 'number' ? work : work(operation);
}

/**
 * Work units of a transaction, from its operation and size alone: what it costs and how much of a block it fills. Sizes
 * of cited documents count as they are cited; a wrong one refuses the operation.
 */
export const transactionWork = (tx: Pick<Transaction, 'operation' | 'bytes'>): number =>
  BASE + operationWork(tx.operation) + Math.ceil(tx.bytes.length / BYTES_PER_UNIT);
