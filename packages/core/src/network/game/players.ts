import { equalBytes } from '../../bytes/bytes.ts';
import type { Network } from '../header/network.ts';
import { HASH_SIZE, type HashTree, nodeHash } from '../trace/hash-tree.ts';
import { openLeaves } from '../trace/multiproof.ts';
import { ARITY, LEAF_SIZE, leafCountOf, levelWidth } from '../trace/tree-shape.ts';
import { leavesOfTensor, type TraceCommitment } from './commitment.ts';
import { type NodePlace, type Reveal, revealShape, revealSize, topOf } from './descent.ts';

/** A player's own trace, in full. */
export interface OwnTrace {
  readonly bytes: Uint8Array;
  readonly tree: HashTree;
}

/** The entries of a reveal below `node`. */
export function entriesBelow({ bytes, tree }: OwnTrace, node: NodePlace): Uint8Array {
  const shape = revealShape(leafCountOf(tree.byteLength), node);
  const { level, first, count, isLeaves } = shape;
  if (!isLeaves) return tree.levels[level]!.slice(first * HASH_SIZE, (first + count) * HASH_SIZE);
  const leaves = new Uint8Array(revealSize(shape));
  leaves.set(bytes.subarray(first * LEAF_SIZE, (first + count) * LEAF_SIZE));
  return leaves;
}

/** What a provider commits: the entries below the top, and the way from its output to the root. */
export function createCommitment(network: Network, trace: OwnTrace): TraceCommitment {
  return {
    entries: entriesBelow(trace, topOf(leafCountOf(network.traceBytes))),
    outputSiblings: openLeaves(trace.tree, leavesOfTensor(network, network.tensorCount - 1)),
  };
}

/** What a provider reveals below `pointed`, a node below `kept`. */
export function createReveal(trace: OwnTrace, kept: NodePlace, pointed: NodePlace): Reveal {
  const { tree } = trace;
  const leafCount = leafCountOf(tree.byteLength);
  const hashes: Uint8Array[] = [];
  let { index } = pointed;
  for (let { level } = pointed; level < kept.level; level++) {
    const first = index - (index % ARITY);
    const end = Math.min(first + ARITY, levelWidth(leafCount, level));
    for (let sibling = first; sibling < end; sibling++)
      if (sibling !== index) hashes.push(nodeHash(tree, level, sibling));
    index = first / ARITY;
  }
  const siblings = new Uint8Array(hashes.length * HASH_SIZE);
  for (const [i, hash] of hashes.entries()) siblings.set(hash, i * HASH_SIZE);
  return { entries: entriesBelow(trace, pointed), siblings };
}

/**
 * The index, in its level, of the first entry revealed below `node` that differs from the challenger's own trace;
 * undefined where none does. Everything left of it is the challenger's own trace, so that the inputs of the last unit are.
 */
export function firstDifference(own: OwnTrace, node: NodePlace, entries: Uint8Array): number | undefined {
  const { first, count, isLeaves } = revealShape(leafCountOf(own.tree.byteLength), node);
  const mine = entriesBelow(own, node);
  const size = isLeaves ? LEAF_SIZE : HASH_SIZE;
  for (let i = 0; i < count; i++) {
    const start = i * size;
    if (!equalBytes(mine.subarray(start, start + size), entries.subarray(start, start + size)))
      return first + i;
  }
  return undefined;
}
