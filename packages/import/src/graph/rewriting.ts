import { consumersOf, type Graph, type GraphNode } from './graph.ts';

/** A graph that passes change in place. */
export class Rewriting {
  readonly graph: Graph;
  #consumers: ReadonlyMap<number, readonly GraphNode[]>;
  readonly #byId: ReadonlyMap<number, GraphNode>;
  changed = false;

  constructor(graph: Graph) {
    this.graph = graph;
    this.#byId = new Map(graph.nodes.map((node) => [node.id, node]));
    this.#consumers = consumersOf(graph);
  }

  node(id: number | undefined): GraphNode {
    return this.#byId.get(id as number) as GraphNode;
  }

  consumers(id: number): readonly GraphNode[] {
    return this.#consumers.get(id) ?? [];
  }

  /** The node that alone reads `id`; undefined for the answer of the graph. */
  soleConsumer(id: number): GraphNode | undefined {
    const consumers = this.consumers(id);
    return consumers.length === 1 && this.graph.output !== id ? consumers[0] : undefined;
  }

  /** Lets everything that reads `old` read `next`; `old` is no longer read. */
  replace(old: number, next: number): void {
    for (const consumer of this.consumers(old))
      consumer.inputs = consumer.inputs.map((input) => (input === old ? next : input));
    if (this.graph.output === old) this.graph.output = next;
    this.changedInputs();
  }

  /** To be called when inputs were changed. */
  changedInputs(): void {
    this.#consumers = consumersOf(this.graph);
    this.changed = true;
  }
}
