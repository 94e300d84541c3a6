import { bytesToHex } from '@aivm/core/bytes';
import { laneOf } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';

/** Which lane is carried first when a proposal has not room for all. */
const RANKS = { disputes: 0, answers: 1, plain: 2 } as const;

/** What a transaction of that many bytes takes of the engine's `max_tx_bytes`: field tag, length, bytes. */
export function engineBytesOf(size: number): number {
  let lengthBytes = 1;
  for (let rest = size; rest >= 0x80; rest = Math.floor(rest / 0x80)) lengthBytes++;
  return 1 + lengthBytes + size;
}

/**
 * Transactions by lane, disputes and answers first, then as they came. What a sender signed before one of a better lane
 * comes with it: without it that one could not be executed.
 */
export function rankByLane(transactions: readonly Transaction[]): readonly Transaction[] {
  const bySender = new Map<string, Transaction[]>();
  for (const tx of transactions) {
    const sender = bytesToHex(tx.sender);
    const own = bySender.get(sender) ?? [];
    own.push(tx);
    bySender.set(sender, own);
  }
  const ranks = new Map<Transaction, number>();
  for (const own of bySender.values()) {
    own.sort((left, right) => (left.nonce < right.nonce ? 1 : -1));
    let rank: number = RANKS.plain;
    for (const tx of own) {
      rank = Math.min(rank, RANKS[laneOf(tx.operation.kind)]);
      ranks.set(tx, rank);
    }
  }
  const rankOf = (tx: Transaction): number => ranks.get(tx) ?? RANKS.plain;
  return [...transactions].sort((left, right) => rankOf(left) - rankOf(right));
}

/** The first of them that fit into `maxTxBytes` of the engine's block. */
export function takeWhatFits(
  transactions: readonly Transaction[],
  maxTxBytes: bigint,
): readonly Transaction[] {
  let left = maxTxBytes;
  return transactions.filter(({ bytes }) => {
    const size = BigInt(engineBytesOf(bytes.length));
    if (size > left) return false;
    left -= size;
    return true;
  });
}
