import type { StatelessVertex } from '../../block/vertex.ts';
import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { BlockUsage, type Lane, laneOf, roomOfVertex } from '../context/block-room.ts';
import type { Outcome } from '../context/result.ts';

/** The lane whose room a transaction takes: its own only if it took effect, so that failing ones fill none. */
export const takenLane = ({ operation }: Pick<Transaction, 'operation'>, { code }: Outcome): Lane =>
  code === '' ? laneOf(operation.kind) : 'plain';

/** What the vertices of a block take: all of it from the plain lane, whatever their transactions turn out to do. */
export function vertexUsage(
  { params, height }: Pick<BlockContext, 'params' | 'height'>,
  vertices: readonly StatelessVertex[],
): BlockUsage {
  const usage = new BlockUsage(params);
  for (const vertex of vertices) usage.take('plain', roomOfVertex(vertex, height));
  return usage;
}
