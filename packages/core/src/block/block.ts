import { equalBytes } from '../bytes/bytes.ts';
import { type CodecValue, serialize } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { bytes32, height, u8, u64 } from '../bytes/codec/primitives.ts';
import { Reader } from '../bytes/codec/reader.ts';
import { Writer } from '../bytes/codec/writer.ts';
import { merkleListRoot } from '../crypto/merkle-list.ts';
import { namedHash } from '../crypto/named-hash.ts';
import { AivmError } from '../errors/aivm-error.ts';
import { parseTransaction, type Transaction, TX_BYTES_MAX } from '../tx/transaction.ts';

export const BLOCK_VERSION = 1;
/** No block is longer than this on any chain; a chain's own limit is in its parameters. */
export const BLOCK_BYTES_MAX: number = 16 * 1024 * 1024;
const BLOCK_TRANSACTIONS_MAX = 100_000;
/** Block times end in the year 2554: as nanoseconds, which kernels count in, they fit a u64. */
export const TIMESTAMP_MAX = 18_446_744_073;

/** The part of a block whose hash is the block's id. */
export const blockHeaderCodec = struct('BlockHeader', {
  version: u8,
  chainId: u64,
  parentId: bytes32,
  height,
  /** Whole seconds; not below the parent's. */
  timestamp: height,
  /** Root of the transaction ids, bound to their count. */
  transactionsRoot: bytes32,
  /** Root of the outcomes, one for each transaction. */
  outcomesRoot: bytes32,
  /** Root of all receipts up to this block: the seed's merkleRoot. */
  receiptsRoot: bytes32,
  receiptCount: height,
  /** State root of the epoch kernels; zero before the first kernel round. */
  aivmStateRoot: bytes32,
  /** Commitment to the whole key–value state after this block. */
  stateRoot: bytes32,
});

export type BlockHeader = CodecValue<typeof blockHeaderCodec>;

/** A block without any claim that it is valid: header, transactions, and what follows from their bytes. */
export interface StatelessBlock {
  readonly id: Uint8Array;
  readonly header: BlockHeader;
  readonly transactions: readonly Transaction[];
  readonly bytes: Uint8Array;
}

export const blockId = (header: BlockHeader): Uint8Array =>
  namedHash('BlockHeader', serialize(blockHeaderCodec, header));

/** The root that a header carries for its transactions. */
export const transactionsRoot = (transactions: readonly Transaction[]): Uint8Array =>
  merkleListRoot(
    'Transactions',
    transactions.map((tx) => tx.id),
  );

/** Joins a header and its transactions to a block. */
export function createBlock(header: BlockHeader, transactions: readonly Transaction[]): StatelessBlock {
  const writer = new Writer();
  blockHeaderCodec.write(writer, header, 'header');
  writer.u32(transactions.length);
  for (const tx of transactions) {
    writer.u32(tx.bytes.length);
    writer.bytes(tx.bytes);
  }
  return { id: blockId(header), header, transactions, bytes: writer.finish() };
}

/**
 * Parses canonical bytes, transactions and their signatures included; the transactions must be the ones that the
 * header names. `parseTx` lets a host reuse transactions that it has parsed before.
 * @throws AivmError `malformed`, `too_large`, `bad_signature`.
 */
export function parseBlock(
  bytes: Uint8Array,
  parseTx: (bytes: Uint8Array) => Transaction = parseTransaction,
): StatelessBlock {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`block: expected Uint8Array, got ${typeof bytes}`);
  if (bytes.length > BLOCK_BYTES_MAX) throw new AivmError('too_large', `block: ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  const header = blockHeaderCodec.read(reader, 'header');
  if (header.version !== BLOCK_VERSION) throw new AivmError('malformed', `block: version ${header.version}`);
  const count = reader.u32();
  if (count > BLOCK_TRANSACTIONS_MAX) throw new AivmError('too_large', `block: ${count} transactions`);
  const transactions: Transaction[] = [];
  for (let i = 0; i < count; i++) {
    const size = reader.u32();
    if (size > TX_BYTES_MAX) throw new AivmError('too_large', `block: transaction ${i} has ${size} bytes`);
    transactions.push(parseTx(reader.bytes(size)));
  }
  reader.assertEnd('block');
  if (!equalBytes(transactionsRoot(transactions), header.transactionsRoot)) {
    throw new AivmError('malformed', 'block: the header names other transactions');
  }
  return { id: blockId(header), header, transactions, bytes: bytes.slice() };
}
