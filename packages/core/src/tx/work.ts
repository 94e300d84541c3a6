import type { Transaction } from './transaction.ts';

/** Work units of every transaction: parsing, one signature recovery, the account. 1 unit ≈ 1 µs of noble. */
const BASE = 400;
/** Bytes that are hashed, stored and served cost one unit per 64. */
const BYTES_PER_UNIT = 64;

const EXTRA: Readonly<Record<Transaction['operation']['kind'], number>> = {
  transfer: 0,
  registerProvider: 600,
  updateProvider: 200,
  heartbeat: 0,
  addBond: 0,
  beginUnbond: 200,
  withdrawBond: 100,
  registerModel: 1_600,
  updateModelWeights: 1_600,
  updateModelLicense: 200,
  transferModel: 200,
  submitTask: 300,
  cancelTask: 100,
  submitResult: 200,
  commitResult: 200,
  revealResult: 1_000,
  challenge: 1_600,
  claimRewards: 100,
};

/** Work units of a transaction, from its kind and size alone: what it costs and how much of a block it fills. */
export const transactionWork = (tx: Pick<Transaction, 'operation' | 'bytes'>): number =>
  BASE + EXTRA[tx.operation.kind] + Math.ceil(tx.bytes.length / BYTES_PER_UNIT);
