import type { Reader } from '../bytes/codec/reader.ts';
import type { Writer } from '../bytes/codec/writer.ts';
import { AivmError } from '../errors/aivm-error.ts';
import { type Transaction, TX_BYTES_MAX } from '../tx/transaction.ts';

/** u32 count, then every transaction behind its u32 size. */
export function writeTransactions(writer: Writer, transactions: readonly Pick<Transaction, 'bytes'>[]): void {
  writer.u32(transactions.length);
  for (const tx of transactions) {
    writer.u32(tx.bytes.length);
    writer.bytes(tx.bytes);
  }
}

/** Reads what {@link writeTransactions} wrote. @throws AivmError `malformed`, `too_large`, or what `parseTx` throws. */
export function readTransactions(
  reader: Reader,
  {
    name,
    countMax,
    parseTx,
  }: {
    readonly name: string;
    readonly countMax: number;
    readonly parseTx: (bytes: Uint8Array) => Transaction;
  },
): readonly Transaction[] {
  const count = reader.u32();
  if (count > countMax)
    throw new AivmError('too_large', `${name}: ${count} transactions, at most ${countMax}`);
  const transactions: Transaction[] = [];
  for (let i = 0; i < count; i++) {
    const size = reader.u32();
    if (size > TX_BYTES_MAX) throw new AivmError('too_large', `${name}: transaction ${i} has ${size} bytes`);
    transactions.push(parseTx(reader.bytes(size)));
  }
  return transactions;
}
