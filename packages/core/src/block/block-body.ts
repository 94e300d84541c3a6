import type { Reader } from '../bytes/codec/reader.ts';
import type { Writer } from '../bytes/codec/writer.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { requireThat } from '../errors/aivm-error.ts';
import type { Transaction } from '../tx/transaction.ts';
import { readTransactions, writeTransactions } from './transaction-list.ts';
import { parseVertex, type StatelessVertex, VERTEX_BYTES_MAX } from './vertex.ts';
import { BLOCK_VERTICES_MAX, isVertexOrder, vertexSequence } from './vertex-order.ts';

const BLOCK_TRANSACTIONS_MAX = 100_000;

/** What a block executes. */
export interface BlockBody {
  /** By height, then id: ancestors first. */
  readonly vertices: readonly StatelessVertex[];
  /** Every transaction that the block executes, in order: those of vertices first, then those that it carries itself. */
  readonly transactions: readonly Transaction[];
  /** How many of them are of vertices. */
  readonly vertexTransactionCount: number;
}

const malformed = (condition: boolean, detail: string): void =>
  requireThat(condition, 'malformed', () => `block: ${detail}`);

/**
 * Writes: u32 count and the vertices, each behind its u32 size; u32 count and the u32 places of the transactions of
 * vertices that are not executed; the transactions that the block carries itself. Blocks carry their vertices in full,
 * so that a block alone says what it does.
 * @returns how many of the transactions are of vertices.
 */
export function writeBody(
  writer: Writer,
  body: {
    readonly parentId: Uint8Array;
    readonly transactions: readonly Transaction[];
    readonly vertices: readonly StatelessVertex[];
  },
): number {
  const { parentId, transactions, vertices } = body;
  const sequence = vertexSequence(parentId, vertices).map(({ id }) => bytesToHex(id));
  const ofVertices = new Set(sequence);
  const own = transactions.filter(({ id }) => !ofVertices.has(bytesToHex(id)));
  const executed = new Set(transactions.map(({ id }) => bytesToHex(id)));
  writer.u32(vertices.length);
  for (const { bytes } of vertices) {
    writer.u32(bytes.length);
    writer.bytes(bytes);
  }
  const skipped = sequence.flatMap((id, place) => (executed.has(id) ? [] : [place]));
  writer.u32(skipped.length);
  for (const place of skipped) writer.u32(place);
  writeTransactions(writer, own);
  return transactions.length - own.length;
}

type ParseTx = (bytes: Uint8Array) => Transaction;

function readVertices(reader: Reader, parseTx: ParseTx): readonly StatelessVertex[] {
  const count = reader.u32();
  requireThat(count <= BLOCK_VERTICES_MAX, 'too_large', () => `block: ${count} vertices`);
  const vertices: StatelessVertex[] = [];
  for (let i = 0; i < count; i++) {
    const size = reader.u32();
    requireThat(size <= VERTEX_BYTES_MAX, 'too_large', () => `block: vertex ${i} has ${size} bytes`);
    vertices.push(parseVertex(reader.bytes(size), parseTx));
  }
  malformed(isVertexOrder(vertices), 'vertices are not strictly ascending by height and id');
  return vertices;
}

/** The places of transactions that are not executed: strictly ascending, below `count`. */
function readSkipped(reader: Reader, count: number): ReadonlySet<number> {
  const size = reader.u32();
  malformed(size <= count, `${size} of ${count} transactions of vertices are left out`);
  const skipped = new Set<number>();
  let last = -1;
  for (let i = 0; i < size; i++) {
    const place = reader.u32();
    malformed(place > last && place < count, 'places of left out transactions are not strictly ascending');
    last = place;
    skipped.add(place);
  }
  return skipped;
}

/** Reads what {@link writeBody} wrote. @throws AivmError `malformed`, `too_large`, `bad_signature`, `wrong_chain`. */
export function readBody(
  reader: Reader,
  { parentId, parseTx }: { readonly parentId: Uint8Array; readonly parseTx: ParseTx },
): BlockBody {
  const vertices = readVertices(reader, parseTx);
  const sequence = vertexSequence(parentId, vertices);
  const skipped = readSkipped(reader, sequence.length);
  const ofVertices = sequence.filter((_, place) => !skipped.has(place));
  const own = readTransactions(reader, { name: 'block', countMax: BLOCK_TRANSACTIONS_MAX, parseTx });
  const known = new Set(sequence.map(({ id }) => bytesToHex(id)));
  malformed(
    own.every(({ id }) => !known.has(bytesToHex(id))),
    'carries a transaction that a vertex of it carries',
  );
  return {
    vertices,
    transactions: [...ofVertices, ...own],
    vertexTransactionCount: ofVertices.length,
  };
}
