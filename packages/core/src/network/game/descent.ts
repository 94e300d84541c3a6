import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { HASH_SIZE, hashLeaf, hashNode, nextLevel } from '../trace/hash-tree.ts';
import { ARITY, LEAF_SIZE, levelWidth, treeDepth } from '../trace/tree-shape.ts';

/** A reveal goes this many levels down, or, from fewer than that, to the bytes of the leaves. */
const REVEAL_LEVELS = 4;

/** A node by its place in the tree. */
export interface NodePlace {
  /** 0 for leaves. */
  readonly level: number;
  readonly index: number;
}

/** A node whose hash the provider has shown to be in its tree. */
export interface KeptNode extends NodePlace {
  readonly hash: Uint8Array;
}

/** What a reveal below a node shows: hashes of a deeper level, or, close to the leaves, their bytes. */
export interface RevealShape {
  readonly level: number;
  /** Index of the first entry in its level. */
  readonly first: number;
  readonly count: number;
  /** Whether entries are leaves of 128 bytes, and not hashes of 32. */
  readonly isLeaves: boolean;
}

/** The node above all. */
export const topOf = (leafCount: number): NodePlace => ({ level: treeDepth(leafCount), index: 0 });

/** Reveals until the bytes of a leaf are shown, the commitment's included. */
export const exchangeCount = (depth: number): number => Math.ceil(depth / REVEAL_LEVELS) + 1;

/** Entries of a reveal below `node`. Those behind the end of their level are zeros above and never sent. */
export function revealShape(leafCount: number, { level, index }: NodePlace): RevealShape {
  const isLeaves = level < REVEAL_LEVELS;
  const target = isLeaves ? 0 : level - REVEAL_LEVELS;
  const perNode = ARITY ** (level - target);
  const first = perNode * index;
  const count = Math.min(first + perNode, levelWidth(leafCount, target)) - first;
  return { level: target, first, count, isLeaves };
}

/** Bytes of the entries of a reveal. */
export const revealSize = ({ count, isLeaves }: RevealShape): number =>
  count * (isLeaves ? LEAF_SIZE : HASH_SIZE);

/**
 * The hash of `node` that follows from what is revealed below it.
 *
 * @throws AivmError `malformed` if `entries` has another size
 */
export function hashOfReveal(leafCount: number, node: NodePlace, entries: Uint8Array): Uint8Array {
  const shape = revealShape(leafCount, node);
  if (entries.length !== revealSize(shape))
    throw new AivmError(
      'malformed',
      `reveal: ${entries.length} bytes below node ${node.index} of level ${node.level}; ${revealSize(shape)} are needed`,
    );
  let hashes = shape.isLeaves ? leafHashes(entries) : entries;
  for (let level = shape.level; level < node.level; level++) hashes = nextLevel(hashes);
  return hashes;
}

function leafHashes(leaves: Uint8Array): Uint8Array {
  const hashes = new Uint8Array((leaves.length / LEAF_SIZE) * HASH_SIZE);
  for (let leaf = 0; leaf * LEAF_SIZE < leaves.length; leaf++)
    hashes.set(hashLeaf(leaves.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE)), leaf * HASH_SIZE);
  return hashes;
}

/**
 * The hash of the ancestor of `node` on `level`, given the siblings on the way, bottom-up and each level ascending.
 *
 * @throws AivmError `malformed` for another number of siblings
 */
export function hashOfAncestor(
  leafCount: number,
  node: KeptNode,
  level: number,
  siblings: Uint8Array,
): Uint8Array {
  let { index, hash } = node;
  let used = 0;
  for (let below = node.level; below < level; below++) {
    const first = index - (index % ARITY);
    const count = Math.min(ARITY, levelWidth(leafCount, below) - first);
    const end = used + (count - 1) * HASH_SIZE;
    if (end > siblings.length) refuseSiblings(siblings.length, end);
    const before = used + (index - first) * HASH_SIZE;
    const children = new Uint8Array(count * HASH_SIZE);
    children.set(siblings.subarray(used, before));
    children.set(hash, (index - first) * HASH_SIZE);
    children.set(siblings.subarray(before, end), (index - first + 1) * HASH_SIZE);
    hash = hashNode(children);
    index = first / ARITY;
    used = end;
  }
  if (used !== siblings.length) refuseSiblings(siblings.length, used);
  return hash;
}

function refuseSiblings(got: number, needed: number): never {
  throw new AivmError('malformed', `reveal: ${got} bytes of siblings; ${needed} are needed`);
}

/**
 * The node that the challenger points at: one of the hashes revealed below `kept`.
 *
 * @throws AivmError `malformed` if leaves were revealed, or `index` is none of the revealed nodes
 */
export function pointAt(leafCount: number, kept: NodePlace, index: number): NodePlace {
  const { level, first, count, isLeaves } = revealShape(leafCount, kept);
  if (isLeaves) throw new AivmError('malformed', 'point: the leaves are revealed; a witness is due');
  if (!Number.isInteger(index) || index < first || index >= first + count)
    throw new AivmError(
      'malformed',
      `point: ${index} is not revealed; it must be ${first}…${first + count - 1}`,
    );
  return { level, index };
}

/** What a provider shows below the pointed node, and the siblings that lead from it to the kept one. */
export interface Reveal {
  readonly entries: Uint8Array;
  readonly siblings: Uint8Array;
}

/**
 * Checks a reveal below `pointed` and gives the node that is kept from now on.
 *
 * @throws AivmError `malformed` if the hashes do not lead to `kept`
 */
export function acceptReveal(
  leafCount: number,
  kept: KeptNode,
  pointed: NodePlace,
  reveal: Reveal,
): KeptNode {
  const node = { ...pointed, hash: hashOfReveal(leafCount, pointed, reveal.entries) };
  if (!equalBytes(hashOfAncestor(leafCount, node, kept.level, reveal.siblings), kept.hash))
    throw new AivmError(
      'malformed',
      `reveal: the hashes do not lead to node ${kept.index} of level ${kept.level}`,
    );
  return node;
}
