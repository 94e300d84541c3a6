import { compareBytes } from '../bytes/bytes.ts';
import { bytesToHex } from '../bytes/hex.ts';
import type { Transaction } from '../tx/transaction.ts';
import { canonicalOrder } from './canonical-order.ts';
import type { StatelessVertex } from './vertex.ts';

/** A block executes at most this many vertices. */
export const BLOCK_VERTICES_MAX = 256;

/** The order in which a block names vertices: by height, so that ancestors are first, then by id. */
export const compareVertices = (left: StatelessVertex, right: StatelessVertex): number =>
  left.height - right.height || compareBytes(left.id, right.id);

/** Whether vertices stand in the order in which a block names them, each once. */
export const isVertexOrder = (vertices: readonly StatelessVertex[]): boolean =>
  vertices.every((vertex, i) => {
    const previous = vertices[i - 1];
    return previous === undefined || compareVertices(previous, vertex) < 0;
  });

/**
 * The only order in which a block on `parentId` executes the transactions of its vertices: by height of the vertex,
 * then as in any block, by sender and nonce. A transaction of several vertices stands where the lowest of them does.
 */
export function vertexSequence(parentId: Uint8Array, vertices: readonly StatelessVertex[]): Transaction[] {
  const seen = new Set<string>();
  const layers = new Map<number, Transaction[]>();
  for (const { height, transactions } of [...vertices].sort(compareVertices)) {
    const layer = layers.get(height) ?? [];
    layers.set(height, layer);
    for (const tx of transactions) {
      const id = bytesToHex(tx.id);
      if (seen.has(id)) continue;
      seen.add(id);
      layer.push(tx);
    }
  }
  return [...layers.values()].flatMap((layer) => canonicalOrder(parentId, layer));
}
