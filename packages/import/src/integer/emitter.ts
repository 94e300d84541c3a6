import type { Dimension } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import { consumersOf, type Graph, type GraphNode, type Grid } from '../graph/graph.ts';
import type { IntegerNetwork } from './integer-network.ts';
import type { GridPlan } from './plan-grids.ts';

/** Rows of weights that an operator has, and how many kept the grid that they stood on. */
export interface RowNote {
  readonly rows: number;
  readonly width: number;
  readonly own: number;
}

/** What the emission of one operator sees of the others. */
export class Emitter {
  readonly network: IntegerNetwork;
  readonly rowNotes = new Map<number, RowNote>();
  readonly tensors = new Map<number, number>();
  readonly #graph: Graph;
  readonly #plan: GridPlan;
  readonly #held: ReadonlyMap<number, number>;

  constructor(network: IntegerNetwork, graph: Graph, plan: GridPlan) {
    this.network = network;
    this.#graph = graph;
    this.#plan = plan;
    this.#held = findHeld(graph, plan);
  }

  get maxT(): number {
    return this.#graph.maxT;
  }

  grid(id: number): Grid {
    return this.#plan.grid(id);
  }

  /** The grid of an input that must have at most 16 bits. */
  narrowGrid(node: GraphNode, input: number): Grid {
    const grid = this.grid(input);
    if (grid.type === 'i32')
      return refuseNode(
        { name: node.name, operator: node.operation.kind },
        'reads 32 bits, which has no integer form',
      );
    return grid;
  }

  dims(id: number): readonly Dimension[] {
    return (this.#graph.nodes[id] as GraphNode).dims;
  }

  /** The tensor of a node that was emitted. */
  tensor(id: number): number {
    return this.tensors.get(id) as number;
  }

  /** The dense layer that waits for the sum `node`, to be one operator with it. */
  heldFor(node: GraphNode): GraphNode | undefined {
    const id = this.#held.get(node.id);
    return id === undefined ? undefined : this.#graph.nodes[id];
  }

  /** Whether a sum will emit this node. */
  isHeld(id: number): boolean {
    return [...this.#held.values()].includes(id);
  }

  noteRows(node: GraphNode, note: RowNote): void {
    this.rowNotes.set(node.id, note);
  }
}

/** Sums of 32 bits whose one input is a dense layer that nobody else reads: id of the sum to id of the layer. */
function findHeld(graph: Graph, plan: GridPlan): ReadonlyMap<number, number> {
  const consumers = consumersOf(graph);
  const held = new Map<number, number>();
  for (const { id, operation, inputs } of graph.nodes) {
    if (operation.kind !== 'add' || plan.grid(id).type !== 'i32' || inputs[0] === inputs[1]) continue;
    const isWide = inputs.every(
      (input) => plan.grid(input).type === 'i32' && plan.grid(input).scale === plan.grid(id).scale,
    );
    const layer = inputs.find(
      (input) =>
        graph.nodes[input]?.operation.kind === 'dense' &&
        consumers.get(input)?.length === 1 &&
        graph.output !== input,
    );
    if (isWide && layer !== undefined) held.set(id, layer);
  }
  return held;
}
