import { keccak256 } from '../../crypto/keccak.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { ARITY, LEAF_SIZE, leafCountOf, levelWidth, treeDepth } from './tree-shape.ts';

export const HASH_SIZE = 32;
/** What a tree is over. */
export type TreeName = 'Trace' | 'Blob';

/** The facts that a root commits to beside the bytes. */
export interface TreeFacts {
  readonly name: TreeName;
  /** Bytes without the last leaf's padding. */
  readonly byteLength: number;
  /** T of a trace, 0 of a blob. */
  readonly rows: number;
}

/** All hashes of a tree: levels[k] holds those of level k, 32 bytes each; level 0 are the leaves. */
export interface HashTree extends TreeFacts {
  readonly levels: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** A leaf or a node is one permutation of Keccak: a byte that tells them apart, and 128 bytes. */
const PREIMAGE = new Uint8Array(1 + LEAF_SIZE);

function hashBlock(tag: 0 | 1, bytes: Uint8Array): Uint8Array {
  PREIMAGE[0] = tag;
  PREIMAGE.set(bytes, 1);
  PREIMAGE.fill(0, 1 + bytes.length);
  return keccak256(PREIMAGE);
}

/** The hash of a leaf; a shorter one is filled up with zeros. */
export const hashLeaf = (bytes: Uint8Array): Uint8Array => hashBlock(0, bytes);

/** The hash of a node over up to four hashes, joined; absent children are zeros. */
export const hashNode = (children: Uint8Array): Uint8Array => hashBlock(1, children);

/** The root over the top node. */
export function treeRoot({ name, byteLength, rows }: TreeFacts, top: Uint8Array): Uint8Array {
  const facts = new Uint8Array(12);
  const view = new DataView(facts.buffer);
  view.setBigUint64(0, BigInt(byteLength), true);
  view.setUint32(8, rows, true);
  return namedHash(name, facts, top);
}

/**
 * The tree over `parts`, joined; every part but the last is a multiple of 128 bytes long. No bytes are one leaf of zeros.
 *
 * Cost: a permutation of Keccak for each 128 bytes, and a third of that for the nodes.
 */
export function createHashTree(
  { name, rows }: Pick<TreeFacts, 'name' | 'rows'>,
  parts: readonly Uint8Array[],
): HashTree {
  const byteLength = parts.reduce((total, { length }) => total + length, 0);
  const leafCount = leafCountOf(byteLength);
  const leaves = new Uint8Array(leafCount * HASH_SIZE);
  if (byteLength === 0) leaves.set(hashLeaf(new Uint8Array(0)));
  let leaf = 0;
  for (const [i, part] of parts.entries()) {
    if (part.length % LEAF_SIZE !== 0 && i !== parts.length - 1)
      throw new RangeError(`parts[${i}]: expected a multiple of ${LEAF_SIZE} bytes, got ${part.length}`);
    for (let offset = 0; offset < part.length; offset += LEAF_SIZE)
      leaves.set(hashLeaf(part.subarray(offset, offset + LEAF_SIZE)), HASH_SIZE * leaf++);
  }
  const levels: Uint8Array[] = [leaves];
  for (let level = 1; level <= treeDepth(leafCount); level++) levels.push(nextLevel(levels[level - 1]!));
  const facts = { name, byteLength, rows };
  return { ...facts, levels, root: treeRoot(facts, levels[levels.length - 1]!) };
}

/** The level above `hashes`. */
export function nextLevel(hashes: Uint8Array): Uint8Array {
  const count = hashes.length / HASH_SIZE;
  const above = new Uint8Array(levelWidth(count, 1) * HASH_SIZE);
  for (let node = 0; node * HASH_SIZE < above.length; node++) {
    const start = node * ARITY * HASH_SIZE;
    above.set(hashNode(hashes.subarray(start, start + ARITY * HASH_SIZE)), node * HASH_SIZE);
  }
  return above;
}

/** The hash of node `index` of `level`. */
export const nodeHash = ({ levels }: HashTree, level: number, index: number): Uint8Array =>
  levels[level]!.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE);

/** The hash of a blob of weights: what a model's record keeps as its weight hash. */
export const hashBlob = (blob: Uint8Array): Uint8Array =>
  createHashTree({ name: 'Blob', rows: 0 }, [blob]).root;
