import { foldRounding } from './fold-rounding.ts';
import { foldClips, foldScaling } from './fold-scaling.ts';
import { foldPads, foldReshapes, foldTransposes } from './fold-shape.ts';
import type { Graph, GraphNode } from './graph.ts';
import { Rewriting } from './rewriting.ts';

/** More rounds than any chain of foldings needs. */
const ROUNDS_MAX = 100;

/** Leaves out nodes that the answer does not follow from, and numbers the others anew. */
function removeUnused(graph: Graph): void {
  const needed = new Set([graph.output]);
  for (const node of [...graph.nodes].reverse())
    if (needed.has(node.id) || node.operation.kind === 'input') {
      needed.add(node.id);
      for (const input of node.inputs) needed.add(input);
    }
  const kept = graph.nodes.filter(({ id }) => needed.has(id));
  const numbers = new Map(kept.map(({ id }, index) => [id, index]));
  const of = (id: number): number => numbers.get(id) as number;
  graph.nodes = kept.map((node): GraphNode => ({ ...node, id: of(node.id), inputs: node.inputs.map(of) }));
  graph.output = of(graph.output);
}

/** The same function with fewer nodes: norms, biases, factors, bounds, padding and moves go into what is beside them. */
export function simplify(graph: Graph): void {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    removeUnused(graph);
    const r = new Rewriting(graph);
    for (const fold of [foldScaling, foldClips, foldTransposes, foldReshapes, foldPads, foldRounding])
      fold(r);
    if (!r.changed) return;
  }
}
