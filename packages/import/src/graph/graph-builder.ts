import type { Dimension } from '@aivm/core/network';
import type { GraphNode, Operation } from './graph.ts';

/** What a new node is made of. */
export interface NewNode {
  readonly name: string;
  readonly operation: Operation;
  readonly inputs: readonly number[];
  readonly dims: readonly Dimension[];
}

/** A growing list of nodes. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];

  /** Appends a node and returns its id. */
  add({ name, operation, inputs, dims }: NewNode): number {
    const id = this.nodes.length;
    this.nodes.push({ id, name, operation, inputs, dims });
    return id;
  }

  dims(id: number): readonly Dimension[] {
    return (this.nodes[id] as GraphNode).dims;
  }
}
