import { importsOf, resolveFrom, type SourceFile } from './source-tree.ts';

/** Relative imports of each file, type imports included, as paths. */
export const relativeImports = (files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveFrom(file.path, specifier)),
    ]),
  );

/** Groups of two or more nodes that reach each other, by Tarjan's algorithm. Each group is sorted. */
export function findCircles(graph: ReadonlyMap<string, Iterable<string>>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: (readonly string[])[] = [];
  const visit = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    let low = own;
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, lowest.get(next) ?? (order.get(next) as number));
    }
    lowest.set(node, low);
    if (low === own) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1) circles.push(group.sort());
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** Pairs of folders that import each other, as "a ↔ b". A folder and one inside it may. `folderOf` gives undefined for a file that is in none. */
export function twoWayFolders(
  graph: ReadonlyMap<string, readonly string[]>,
  folderOf: (path: string) => string | undefined,
): readonly string[] {
  const arrows = new Set<string>();
  for (const [path, targets] of graph) {
    for (const target of targets) {
      const [from, to] = [folderOf(path), folderOf(target)];
      if (from !== undefined && to !== undefined && from !== to) arrows.add(`${from} → ${to}`);
    }
  }
  return [...arrows]
    .map((arrow) => arrow.split(' → ') as [string, string])
    .filter(([from, to]) => from < to && !to.startsWith(`${from}/`) && arrows.has(`${to} → ${from}`))
    .map(([from, to]) => `${from} ↔ ${to}`);
}
