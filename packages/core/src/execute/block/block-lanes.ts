import type { StatelessVertex } from '../../block/vertex.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { BlockUsage, type Lane, laneOf, roomOf, roomOfVertex, roomWithout } from '../context/block-room.ts';
import type { Outcome } from '../context/result.ts';

/** The lane whose room a transaction takes: its own only if it took effect, so that failing ones fill none. */
export const takenLane = ({ operation }: Pick<Transaction, 'operation'>, { code }: Outcome): Lane =>
  code === '' ? laneOf(operation.kind) : 'plain';

/** The transactions of a block's vertices that the block executed, and what became of each. */
export interface ExecutedOfVertices {
  readonly transactions: readonly Transaction[];
  readonly outcomes: readonly Outcome[];
}

/**
 * What the vertices of a block take: their answers that took effect of the answers' lane, everything else of the plain
 * one, what is left out included.
 */
export function vertexUsage(
  { params, height }: Pick<BlockContext, 'params' | 'height'>,
  vertices: readonly StatelessVertex[],
  { transactions, outcomes }: ExecutedOfVertices,
): BlockUsage {
  const usage = new BlockUsage(params);
  const answers = transactions.filter((tx, i) => {
    const outcome = outcomes[i];
    return outcome !== undefined && takenLane(tx, outcome) === 'answers';
  });
  for (const tx of answers) usage.take('answers', roomOf(tx));
  const left = new Map(answers.map((tx) => [bytesToHex(tx.id), roomOf(tx)]));
  for (const vertex of vertices) {
    let room = roomOfVertex(vertex, height);
    for (const { id } of vertex.transactions) {
      const key = bytesToHex(id);
      const counted = left.get(key);
      if (counted === undefined) continue;
      room = roomWithout(room, counted);
      left.delete(key);
    }
    usage.take('plain', room);
  }
  return usage;
}

/** A block carries a vertex only if it executes so much of it: one part in four of its bytes. */
const EXECUTED_PARTS = 4;

/** The vertices of which a block executes less than a quarter of the bytes, by the transactions that it executes. */
export function idleVertices(
  vertices: readonly StatelessVertex[],
  executed: readonly Transaction[],
): readonly StatelessVertex[] {
  const ids = new Set(executed.map(({ id }) => bytesToHex(id)));
  return vertices.filter(({ transactions, bytes }) => {
    const used = transactions.filter(({ id }) => ids.has(bytesToHex(id)));
    return used.reduce((sum, tx) => sum + tx.bytes.length, 0) * EXECUTED_PARTS < bytes.length;
  });
}
