import type { GraphNode, Grid, OperationKind } from './graph.ts';
import type { Rewriting } from './rewriting.ts';

export const sameGrid = (a: Grid | undefined, b: Grid | undefined): boolean =>
  a !== undefined && b !== undefined && a.type === b.type && a.scale === b.scale && a.zero === b.zero;

/** What can write its values onto any grid. */
const FREE: ReadonlySet<OperationKind> = new Set<OperationKind>([
  'input',
  'dense',
  'conv',
  'add',
  'mul',
  'unary',
  'mean',
]);
/** What keeps the grid of its input. */
export const MOVED: ReadonlySet<OperationKind> = new Set<OperationKind>([
  ...(['reshape', 'transpose', 'slice', 'pad', 'upsample', 'concat', 'tail'] as const),
]);

const isFree = ({ operation }: GraphNode): boolean =>
  FREE.has(operation.kind) || (operation.kind === 'pool' && !operation.isMaximum);
const isMoved = ({ operation }: GraphNode): boolean =>
  MOVED.has(operation.kind) || (operation.kind === 'pool' && operation.isMaximum);

/** The grid on which a node's values stand already, through what only moves them. */
function ownGrid(r: Rewriting, node: GraphNode): Grid | undefined {
  if (node.operation.kind === 'round') return node.operation.grid;
  if (node.grid !== undefined || !isMoved(node)) return node.grid;
  const grids = node.inputs.map((id) => ownGrid(r, r.node(id)));
  return grids.every((grid) => sameGrid(grid, grids[0])) ? grids[0] : undefined;
}

/** A value that is rounded stands on that grid from where it is written. */
export function foldRounding(r: Rewriting): void {
  for (const node of r.graph.nodes) {
    if (node.operation.kind !== 'round') continue;
    const { grid } = node.operation;
    const producer = r.node(node.inputs[0]);
    if (sameGrid(ownGrid(r, producer), grid)) {
      r.replace(node.id, producer.id);
    } else if (producer.grid === undefined && isFree(producer) && r.soleConsumer(producer.id) === node) {
      producer.grid = grid;
      r.replace(node.id, producer.id);
    }
  }
}
