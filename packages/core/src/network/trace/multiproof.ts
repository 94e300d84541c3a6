import { AivmError } from '../../errors/aivm-error.ts';
import {
  HASH_SIZE,
  type HashTree,
  hashLeaf,
  hashNode,
  nodeHash,
  type TreeFacts,
  treeRoot,
} from './hash-tree.ts';
import { ARITY, LEAF_SIZE, leafCountOf, levelWidth, treeDepth } from './tree-shape.ts';

/** Nodes of the next level above `nodes` (ascending). */
function parentsOf(nodes: readonly number[]): readonly number[] {
  const parents: number[] = [];
  for (const node of nodes) {
    const parent = Math.floor(node / ARITY);
    if (parents[parents.length - 1] !== parent) parents.push(parent);
  }
  return parents;
}

/**
 * The hashes that lead from some leaves to the top, joined: level by level from the leaves on, in each the siblings that
 * exist and do not follow from below, ascending.
 *
 * @param leaves ascending indices, each once
 */
export function openLeaves(tree: HashTree, leaves: readonly number[]): Uint8Array {
  const leafCount = leafCountOf(tree.byteLength);
  const hashes: Uint8Array[] = [];
  let nodes = leaves;
  for (let level = 0; level < treeDepth(leafCount); level++) {
    const known = new Set(nodes);
    const parents = parentsOf(nodes);
    const width = levelWidth(leafCount, level);
    for (const parent of parents)
      for (let child = parent * ARITY; child < Math.min((parent + 1) * ARITY, width); child++)
        if (!known.has(child)) hashes.push(nodeHash(tree, level, child));
    nodes = parents;
  }
  const joined = new Uint8Array(hashes.length * HASH_SIZE);
  for (const [i, hash] of hashes.entries()) joined.set(hash, i * HASH_SIZE);
  return joined;
}

/**
 * The root that opened leaves lead to.
 *
 * @param indices ascending, each once, inside of the tree; at least one
 * @param leaves 128 bytes for each of `indices`
 * @param siblings what {@link openLeaves} gives: exactly as many hashes as are needed
 * @throws AivmError `malformed` for another number of bytes
 */
export function rootOfLeaves(
  facts: TreeFacts,
  indices: readonly number[],
  leaves: Uint8Array,
  siblings: Uint8Array,
): Uint8Array {
  const leafCount = leafCountOf(facts.byteLength);
  if (leaves.length !== indices.length * LEAF_SIZE)
    throw new AivmError(
      'malformed',
      `${facts.name}: ${leaves.length} bytes of leaves; ${indices.length} leaves of ${LEAF_SIZE} are needed`,
    );
  let known = new Map(
    indices.map((index, i) => [index, hashLeaf(leaves.subarray(i * LEAF_SIZE, (i + 1) * LEAF_SIZE))]),
  );
  let used = 0;
  let nodes = indices;
  for (let level = 0; level < treeDepth(leafCount); level++) {
    const width = levelWidth(leafCount, level);
    const above = new Map<number, Uint8Array>();
    const parents = parentsOf(nodes);
    for (const parent of parents) {
      const first = parent * ARITY;
      const children = new Uint8Array(Math.min(ARITY, width - first) * HASH_SIZE);
      for (let child = first; (child - first) * HASH_SIZE < children.length; child++) {
        let hash = known.get(child);
        if (hash === undefined) {
          hash = siblings.subarray(used, used + HASH_SIZE);
          used += HASH_SIZE;
        }
        children.set(hash, (child - first) * HASH_SIZE);
      }
      above.set(parent, hashNode(children));
    }
    known = above;
    nodes = parents;
  }
  if (used !== siblings.length)
    throw new AivmError(
      'malformed',
      `${facts.name}: ${siblings.length} bytes of siblings; ${used} are needed`,
    );
  return treeRoot(facts, known.get(0)!);
}
