import { compareBytes, equalBytes } from '../bytes/bytes.ts';
import { type CodecValue, serialize } from '../bytes/codec/codec.ts';
import { list, struct } from '../bytes/codec/composites.ts';
import { bytes32, height, u8, u32, u64 } from '../bytes/codec/primitives.ts';
import { Reader } from '../bytes/codec/reader.ts';
import { Writer } from '../bytes/codec/writer.ts';
import { namedHash } from '../crypto/named-hash.ts';
import { AivmError, requireThat } from '../errors/aivm-error.ts';
import type { OperationName } from '../tx/operations/operations.ts';
import { parseTransaction, type Transaction } from '../tx/transaction.ts';
import { jobIdOf } from './jobs.ts';
import { readTransactions, writeTransactions } from './transaction-list.ts';

const VERTEX_VERSION = 2;
/** No vertex is longer than this on any chain; it must also fit a block of its chain. */
export const VERTEX_BYTES_MAX: number = 1024 * 1024;
export const VERTEX_PARENTS_MAX = 16;
export const VERTEX_TRANSACTIONS_MAX = 1_000;

/**
 * Whether a vertex may carry an operation. Challenges and moves of disputes have clocks, and a vertex waits for those
 * before it: anybody could put a copied move behind many others, and its block would come when the clock has run out.
 */
export const isVertexOperation = (kind: OperationName): boolean =>
  kind !== 'challenge' && kind !== 'disputeMove';

/** What a vertex says beside its transactions. */
export const vertexHeaderCodec = struct('VertexHeader', {
  version: u8,
  chainId: u64,
  genesisHash: bytes32,
  /** Ids of the vertices that it comes after, strictly ascending. */
  parents: list(bytes32, VERTEX_PARENTS_MAX),
  /** One more than the greatest of its parents'; 0 without parents. */
  height,
  /** The chain's epoch when it was built: it can be executed in that epoch and in the next. */
  epoch: u32,
});

export type VertexHeader = CodecValue<typeof vertexHeaderCodec>;

/** A vertex without any claim that it is valid: what its bytes say, and what follows from them. */
export interface StatelessVertex extends VertexHeader {
  /** Hash of all bytes: 32 bytes. */
  readonly id: Uint8Array;
  /** By sender, then nonce; no sender has two with one nonce. */
  readonly transactions: readonly Transaction[];
  /** The tasks that its transactions are about, ascending, each once. */
  readonly jobIds: readonly string[];
  readonly bytes: Uint8Array;
}

/** Stands for "before", "the same place" or "after" in the only order in which a vertex may carry transactions. */
function compareTransactions(left: Transaction, right: Transaction): number {
  const bySender = compareBytes(left.sender, right.sender);
  if (bySender !== 0) return bySender;
  return left.nonce === right.nonce ? 0 : left.nonce < right.nonce ? -1 : 1;
}

function jobIdsOf(transactions: readonly Transaction[]): readonly string[] {
  const ids = transactions.flatMap(({ operation }) => jobIdOf(operation) ?? []);
  return [...new Set(ids)].sort();
}

const malformed = (condition: boolean, detail: () => string): void =>
  requireThat(condition, 'malformed', () => `vertex: ${detail()}`);

function assertForm(
  { chainId, genesisHash, parents, height: own }: VertexHeader,
  transactions: readonly Transaction[],
) {
  for (const [i, parent] of parents.entries()) {
    const previous = parents[i - 1];
    malformed(
      previous === undefined || compareBytes(previous, parent) < 0,
      () => 'parents are not strictly ascending',
    );
  }
  malformed((own === 0) === (parents.length === 0), () => `height ${own} with ${parents.length} parents`);
  malformed(transactions.length > 0, () => 'no transactions');
  for (const [i, tx] of transactions.entries()) {
    const previous = transactions[i - 1];
    const { kind } = tx.operation;
    malformed(
      isVertexOperation(kind),
      () => `transaction ${i} is a ${kind}, which only blocks carry themselves`,
    );
    malformed(
      previous === undefined || compareTransactions(previous, tx) < 0,
      () => 'transactions are not strictly ascending by sender and nonce',
    );
    if (tx.chainId === chainId && equalBytes(tx.genesisHash, genesisHash)) continue;
    throw new AivmError(
      'wrong_chain',
      `vertex: transaction ${i} is signed for another chain (${tx.chainId})`,
    );
  }
}

const show = (header: VertexHeader, transactions: readonly Transaction[], bytes: Uint8Array) => ({
  ...header,
  id: namedHash('Vertex', bytes),
  transactions,
  jobIds: jobIdsOf(transactions),
  bytes,
});

/**
 * A vertex of these transactions, put in order. Parents are put in order too.
 * @throws AivmError `malformed`, `too_large`, `wrong_chain`: what parsing it would answer.
 */
export function createVertex(options: {
  readonly chainId: bigint;
  readonly genesisHash: Uint8Array;
  readonly parents: readonly Uint8Array[];
  readonly height: number;
  readonly epoch: number;
  readonly transactions: readonly Transaction[];
}): StatelessVertex {
  const { chainId, genesisHash, epoch } = options;
  const parents = [...options.parents].sort(compareBytes);
  const transactions = [...options.transactions].sort(compareTransactions);
  const header = { version: VERTEX_VERSION, chainId, genesisHash, parents, height: options.height, epoch };
  assertForm(header, transactions);
  const writer = new Writer();
  writer.bytes(serialize(vertexHeaderCodec, header));
  writeTransactions(writer, transactions);
  const bytes = writer.finish();
  assertSize(bytes, transactions.length);
  return show(header, transactions, bytes);
}

function assertSize(bytes: Uint8Array, transactionCount: number): void {
  requireThat(bytes.length <= VERTEX_BYTES_MAX, 'too_large', () => `vertex: ${bytes.length} bytes`);
  requireThat(
    transactionCount <= VERTEX_TRANSACTIONS_MAX,
    'too_large',
    () => `vertex: ${transactionCount} transactions, at most ${VERTEX_TRANSACTIONS_MAX}`,
  );
}

/**
 * Parses canonical bytes, transactions and their signatures included. Whether it has its place among other vertices is
 * not asked. `parseTx` lets a host reuse transactions that it has parsed before.
 * @throws AivmError `malformed`, `too_large`, `bad_signature`, `wrong_chain`.
 */
export function parseVertex(
  bytes: Uint8Array,
  parseTx: (bytes: Uint8Array) => Transaction = parseTransaction,
): StatelessVertex {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`vertex: expected Uint8Array, got ${typeof bytes}`);
  assertSize(bytes, 0);
  const reader = new Reader(bytes);
  const header = vertexHeaderCodec.read(reader, 'vertex');
  malformed(header.version === VERTEX_VERSION, () => `version ${header.version}`);
  const transactions = readTransactions(reader, {
    name: 'vertex',
    countMax: VERTEX_TRANSACTIONS_MAX,
    parseTx,
  });
  reader.assertEnd('vertex');
  assertForm(header, transactions);
  return show(header, transactions, bytes.slice());
}
