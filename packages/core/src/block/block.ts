import { equalBytes } from '../bytes/bytes.ts';
import { type CodecValue, serialize } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { bytes32, height, u8, u64 } from '../bytes/codec/primitives.ts';
import { Reader } from '../bytes/codec/reader.ts';
import { Writer } from '../bytes/codec/writer.ts';
import { merkleListRoot } from '../crypto/merkle-list.ts';
import { namedHash } from '../crypto/named-hash.ts';
import { AivmError } from '../errors/aivm-error.ts';
import { parseTransaction, type Transaction } from '../tx/transaction.ts';
import { type BlockBody, readBody, writeBody } from './block-body.ts';
import type { StatelessVertex } from './vertex.ts';

export const BLOCK_VERSION = 2;
/** No block is longer than this on any chain; a chain's own limit is in its parameters. */
export const BLOCK_BYTES_MAX: number = 16 * 1024 * 1024;
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
  /** Randomness that the host vouches for, a part of the seed of the block's draws; zero where a host has none. */
  beacon: bytes32,
  /** Root of the ids of the vertices that the block executes, bound to their count. */
  verticesRoot: bytes32,
  /** Root of the ids of the transactions that the block executes, bound to their count. */
  transactionsRoot: bytes32,
  /** Root of the outcomes, one for each transaction. */
  outcomesRoot: bytes32,
  /** Root of all receipts up to this block: the Go service's merkleRoot. */
  receiptsRoot: bytes32,
  receiptCount: height,
  /** State root of the epoch kernels; zero before the first epoch has closed. */
  aivmStateRoot: bytes32,
  /** Commitment to the whole key–value state after this block. */
  stateRoot: bytes32,
});

export type BlockHeader = CodecValue<typeof blockHeaderCodec>;

/** A block without any claim that it is valid: header, contents, and what follows from their bytes. */
export interface StatelessBlock extends BlockBody {
  readonly id: Uint8Array;
  readonly header: BlockHeader;
  readonly bytes: Uint8Array;
}

export const blockId = (header: BlockHeader): Uint8Array =>
  namedHash('BlockHeader', serialize(blockHeaderCodec, header));

/** The root that a header carries for the transactions that its block executes. */
export const transactionsRoot = (transactions: readonly Transaction[]): Uint8Array =>
  merkleListRoot(
    'Transactions',
    transactions.map((tx) => tx.id),
  );

/** The root that a header carries for the vertices that its block executes. */
export const verticesRoot = (vertices: readonly Pick<StatelessVertex, 'id'>[]): Uint8Array =>
  merkleListRoot(
    'Vertices',
    vertices.map((vertex) => vertex.id),
  );

/**
 * Joins a header and contents to a block. `transactions` are what it executes in order: those of its vertices first
 * (what a vertex carries and this list does not is left out), then those that it carries itself.
 */
export function createBlock(
  header: BlockHeader,
  transactions: readonly Transaction[],
  vertices: readonly StatelessVertex[] = [],
): StatelessBlock {
  const writer = new Writer();
  blockHeaderCodec.write(writer, header, 'header');
  const vertexTransactionCount = writeBody(writer, { parentId: header.parentId, transactions, vertices });
  const bytes = writer.finish();
  return { id: blockId(header), header, vertices, transactions, vertexTransactionCount, bytes };
}

/**
 * Parses canonical bytes, transactions and their signatures included; vertices and transactions must be the ones that
 * the header names. `parseTx` lets a host reuse transactions that it has parsed before; it is asked for every
 * transaction as the bytes carry them, those of vertices first.
 * @throws AivmError `malformed`, `too_large`, `bad_signature`, `wrong_chain`.
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
  const body = readBody(reader, { parentId: header.parentId, parseTx });
  reader.assertEnd('block');
  if (!equalBytes(verticesRoot(body.vertices), header.verticesRoot)) {
    throw new AivmError('malformed', 'block: the header names other vertices');
  }
  if (!equalBytes(transactionsRoot(body.transactions), header.transactionsRoot)) {
    throw new AivmError('malformed', 'block: the header names other transactions');
  }
  return { id: blockId(header), header, ...body, bytes: bytes.slice() };
}
