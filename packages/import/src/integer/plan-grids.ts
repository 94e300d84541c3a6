import { refuseNode } from '../evaluate/evaluate-node.ts';
import { MOVED, sameGrid } from '../graph/fold-rounding.ts';
import { consumersOf, type Graph, type GraphNode, type Grid, type OperationKind } from '../graph/graph.ts';
import { Groups } from './groups.ts';
import type { Range } from './ranges.ts';

/** How values become integers. */
export interface GridOptions {
  /** What holds activations. */
  readonly activations: 'i8' | 'i16';
  /** What holds the input of a map. */
  readonly inputType: 'i8' | 'i16';
  /** Room above the largest value that calibration saw, of i16: an input that was not seen may go further. */
  readonly headroom: number;
}

/** Writers and readers of i32. */
const WIDE_WRITERS: ReadonlySet<OperationKind> = new Set<OperationKind>([
  'dense',
  'conv',
  'add',
  'embed',
  'mean',
]);
const WIDE_READERS: ReadonlySet<OperationKind> = new Set<OperationKind>(['norm', 'add', 'mean', 'argmax']);
/** What reads and writes i16 without zero points. */
const SYMMETRIC: ReadonlySet<OperationKind> = new Set<OperationKind>([
  'norm',
  'rope',
  'attention',
  'product',
]);

/** The largest an i32 becomes: half of its range, so that sums stay inside. */
const WIDE_BITS = 30;
/** A window of norms reads 22 bits; more bits behind the point than these help nobody. */
const WIDE_POINT_MAX = 24;

const isMoved = ({ operation }: GraphNode): boolean =>
  MOVED.has(operation.kind) ||
  operation.kind === 'rope' ||
  (operation.kind === 'pool' && operation.isMaximum) ||
  (operation.kind === 'unary' && operation.function.clip !== undefined);

/** The grid that the model itself names. */
const fixedGrid = ({ grid, operation }: GraphNode): Grid | undefined =>
  operation.kind === 'round' ? operation.grid : grid;

/** Which integers each node's values stand on. */
export class GridPlan {
  readonly #graph: Graph;
  readonly #ranges: ReadonlyMap<number, Range>;
  readonly #options: GridOptions;
  /** Nodes on one grid, and nodes on grids of one type. */
  readonly #grids: Groups;
  readonly #types: Groups;
  readonly #wide: ReadonlySet<number>;
  readonly #result = new Map<number, Grid>();

  constructor(graph: Graph, ranges: ReadonlyMap<number, Range>, options: GridOptions) {
    this.#graph = graph;
    this.#ranges = ranges;
    this.#options = options;
    const ids = graph.nodes.map(({ id }) => id);
    this.#grids = new Groups(ids);
    this.#types = new Groups(ids);
    this.#join();
    this.#wide = this.#findWide();
    for (const members of this.#grids.groups()) this.#choose(members);
  }

  grid(id: number): Grid {
    return this.#result.get(id) as Grid;
  }

  #node(id: number): GraphNode {
    return this.#graph.nodes[id] as GraphNode;
  }

  #join(): void {
    for (const node of this.#graph.nodes) {
      const isTable = node.operation.kind === 'unary';
      for (const input of isMoved(node) ? node.inputs : []) this.#grids.join(node.id, input);
      for (const input of isMoved(node) || isTable ? node.inputs : []) this.#types.join(node.id, input);
      // The values that attention sums keep their scale.
      if (node.operation.kind === 'attention') {
        this.#grids.join(node.id, node.inputs[2] as number);
        this.#types.join(node.id, node.inputs[2] as number);
      }
    }
  }

  /** Groups of values that only norms, sums and choices read: they keep 32 bits. */
  #findWide(): ReadonlySet<number> {
    const { nodes, output, form } = this.#graph;
    const consumers = consumersOf(this.#graph);
    const hasNorms = nodes.some(({ operation }) => operation.kind === 'norm' || operation.kind === 'argmax');
    const wide = new Set<number>();
    if (!hasNorms && form === 'map') return wide;
    for (const members of this.#grids.groups()) {
      const canBe = members.every((id) => {
        const node = this.#node(id);
        const writes = WIDE_WRITERS.has(node.operation.kind) || MOVED.has(node.operation.kind);
        const isRead = (consumers.get(id) ?? []).every(
          (consumer) => WIDE_READERS.has(consumer.operation.kind) || MOVED.has(consumer.operation.kind),
        );
        return writes && isRead && node.clip === undefined && fixedGrid(node) === undefined && id !== output;
      });
      if (canBe) for (const id of members) wide.add(id);
    }
    return wide;
  }

  #choose(members: readonly number[]): undefined {
    const fixed = members.flatMap((id) => fixedGrid(this.#node(id)) ?? []);
    const [first] = fixed;
    if (first !== undefined && !fixed.every((grid) => sameGrid(grid, first)))
      return refuseNode(
        { name: this.#node(members[members.length - 1] as number).name, operator: 'Concat' },
        'joins values of different grids, which has no integer form yet',
      );
    const grid =
      first ?? (this.#wide.has(members[0] as number) ? this.#wideGrid(members) : this.#narrowGrid(members));
    for (const id of members) this.#result.set(id, grid);
  }

  #rangeOf(members: readonly number[]): Range {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const id of members) {
      const range = this.#ranges.get(id);
      low = Math.min(low, range?.low ?? 0);
      high = Math.max(high, range?.high ?? 0);
    }
    return { low, high };
  }

  /** All wide values that meet in sums have one scale, a power of two. */
  #wideGrid(members: readonly number[]): Grid {
    const together = new Groups([...this.#wide]);
    for (const { id, operation, inputs } of this.#graph.nodes) {
      if (!this.#wide.has(id)) continue;
      const joined = operation.kind === 'add' || isMoved(this.#node(id)) ? inputs : [];
      for (const input of joined) if (this.#wide.has(input)) together.join(id, input);
    }
    const all = together.groupOf(members[0] as number);
    const { low, high } = this.#rangeOf(all);
    const most = Math.max(-low, high, 2 ** -10) * 2 * this.#options.headroom;
    const epsilons = this.#graph.nodes
      .filter(({ operation, inputs }) => operation.kind === 'norm' && all.includes(inputs[0] as number))
      .map(({ operation }) => (operation.kind === 'norm' ? operation.epsilon : 0));
    // ε ÷ scale² is a u32 in the header.
    const byEpsilon = Math.floor((31 - Math.log2(Math.max(...epsilons, 2 ** -60))) / 2);
    const point = Math.min(Math.floor(WIDE_BITS - Math.log2(most)), WIDE_POINT_MAX, byEpsilon);
    return { type: 'i32', scale: 2 ** -point, zero: 0 };
  }

  #typeOf(members: readonly number[]): 'i8' | 'i16' {
    const consumers = consumersOf(this.#graph);
    const linked = this.#types.groupOf(members[0] as number);
    if (linked.some((id) => fixedGrid(this.#node(id))?.type === 'i8')) return 'i8';
    const isSymmetric = linked.some(
      (id) =>
        SYMMETRIC.has(this.#node(id).operation.kind) ||
        (consumers.get(id) ?? []).some(({ operation }) => SYMMETRIC.has(operation.kind)),
    );
    if (isSymmetric) return 'i16';
    if (linked.some((id) => this.#node(id).operation.kind === 'input')) return this.#options.inputType;
    return linked.some((id) => this.#node(id).operation.kind === 'embed') ? 'i16' : this.#options.activations;
  }

  #narrowGrid(members: readonly number[]): Grid {
    const { low, high } = this.#rangeOf(members);
    const type = this.#typeOf(members);
    const isInput = members.some((id) => this.#node(id).operation.kind === 'input');
    if (type === 'i16') {
      const most = Math.max(-low, high) || 1;
      return { type, scale: (most * (isInput ? 1 : this.#options.headroom)) / 32_767, zero: 0 };
    }
    const [least, most] = [Math.min(low, 0), Math.max(high, 0)];
    const scale = (most - least || 1) / 255;
    return { type, scale, zero: Math.min(Math.max(Math.round(-128 - least / scale), -128), 127) };
  }
}
