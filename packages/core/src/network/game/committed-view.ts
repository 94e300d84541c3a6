import type { Network } from '../header/network.ts';
import { HASH_SIZE, hashLeaf, nextLevel } from '../trace/hash-tree.ts';
import { ARITY, LEAF_SIZE, leafCountOf } from '../trace/tree-shape.ts';
import { type NodePlace, revealShape } from './descent.ts';
import type { OwnTrace } from './players.ts';

/** What a provider has shown below one node of its tree. */
export interface ShownEntries {
  readonly node: NodePlace;
  readonly entries: Uint8Array;
}

/**
 * The committed trace as far as a challenger knows it: its own trace with what was shown on the way laid over it. Everything
 * that a witness of the first different element opens is right in it: what stands left of the way is the challenger's own
 * trace, everything else beside the way was shown.
 *
 * Cost: a copy of the trace.
 */
export function committedView(
  { traceBytes }: Pick<Network, 'traceBytes'>,
  own: OwnTrace,
  shown: readonly ShownEntries[],
): OwnTrace {
  const leafCount = leafCountOf(traceBytes);
  const bytes = Uint8Array.from(own.bytes);
  const levels = own.tree.levels.map((hashes) => Uint8Array.from(hashes));
  for (const { node, entries } of shown) {
    const { level, first, count, isLeaves } = revealShape(leafCount, node);
    let hashes = entries;
    if (isLeaves) {
      bytes.set(entries.subarray(0, bytes.length - first * LEAF_SIZE), first * LEAF_SIZE);
      hashes = new Uint8Array(count * HASH_SIZE);
      for (let leaf = 0; leaf < count; leaf++)
        hashes.set(hashLeaf(entries.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE)), leaf * HASH_SIZE);
    }
    let start = first;
    for (let at = level; at <= node.level; at++) {
      levels[at]!.set(hashes, start * HASH_SIZE);
      hashes = nextLevel(hashes);
      start = Math.floor(start / ARITY);
    }
  }
  return { bytes, tree: { ...own.tree, levels } };
}
