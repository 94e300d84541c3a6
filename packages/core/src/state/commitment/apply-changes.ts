import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { assert } from '../../errors/aivm-error.ts';
import {
  bitAt,
  type EncodedNode,
  encodeBranch,
  encodeLeaf,
  firstDifferingBit,
  KEY_BITS,
  type NodeReader,
} from './node.ts';
import { loadPath, type PathBranch, type TreePath } from './path.ts';

/** A leaf that is wanted: its value's hash, or undefined where the key is to go. */
export interface Change {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array | undefined;
}

/** A leaf to make. */
export interface Write extends Change {
  readonly valueHash: Uint8Array;
}

/** A subtree that is finished. `keyHash` agrees with its keys on the bits that tell it from its neighbours. */
interface Kept {
  readonly keyHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** Where an update reads nodes and what it found to change: see `TreeUpdate` for the two sets. */
export interface Changed {
  readonly reader: NodeReader;
  readonly added: Map<string, Uint8Array>;
  readonly stale: Set<string>;
}

/** Those of `changes` that are not deletions. */
export const writesOf = (changes: readonly Change[]): readonly Write[] =>
  changes.filter((change): change is Write => change.valueHash !== undefined);

/**
 * Applies sorted changes (at least one, all within reach of this subtree's parent) to the subtree whose top is
 * `path.branches[depth]`, or the path's leaf where there is none. Gives the hash of what takes its place, if anything.
 *
 * A branch does not store the bits that its keys share, so `path` leads to one of its keys, and a change belongs below
 * the branch only if it agrees with that key on every bit before the fork. The others become its new neighbours.
 *
 * No hash is ever in both sets, so neither needs counting. Node hashes stand for sets of (key, value). A leaf is added
 * only where the tree had none with this key and value, and a branch is added only if it holds such a leaf, or lost a
 * key of the branch that it replaces and still forks at the same bit: the old nodes that hold all of its keys are the
 * replaced one and those above, and they hold the lost key too.
 */
export function applyChanges(
  changed: Changed,
  path: TreePath,
  depth: number,
  changes: readonly Change[],
): Uint8Array | undefined {
  const branch = path.branches[depth];
  const forkBit = branch?.bitIndex ?? KEY_BITS;
  const pathKey = path.leaf.keyHash;
  const { before, inside, after } = splitAround(changes, pathKey, forkBit);
  const [own] = inside;
  let middle: Kept | Write | undefined;
  if (own === undefined) middle = { keyHash: pathKey, hash: branch?.hash ?? path.leafHash };
  else if (branch === undefined) middle = applyToLeaf(changed, path, own);
  else {
    const hash = applyToBranch(changed, { path, depth, branch }, inside);
    if (hash !== undefined) middle = { keyHash: pathKey, hash };
  }
  return buildTree(changed, [
    ...writesOf(before),
    ...(middle === undefined ? [] : [middle]),
    ...writesOf(after),
  ]);
}

/** Sorted changes by where they belong: below a branch that forks at `forkBit` above `pathKey`, or to one side of it. */
function splitAround(
  changes: readonly Change[],
  pathKey: Uint8Array,
  forkBit: number,
): { readonly [place in 'before' | 'inside' | 'after']: readonly Change[] } {
  const isInside = (change: Change | undefined): boolean =>
    change !== undefined && firstDifferingBit(change.keyHash, pathKey) >= forkBit;
  // What the outermost two share with the path, all share: nearly always.
  if (isInside(changes[0]) && isInside(changes.at(-1))) return { before: [], inside: changes, after: [] };
  const before: Change[] = [];
  const inside: Change[] = [];
  const after: Change[] = [];
  for (const change of changes) {
    const bit = firstDifferingBit(change.keyHash, pathKey);
    if (bit >= forkBit) inside.push(change);
    else if (bitAt(change.keyHash, bit) === 0) before.push(change);
    else after.push(change);
  }
  return { before, inside, after };
}

function applyToLeaf(
  changed: Changed,
  { leaf, leafHash }: TreePath,
  change: Change,
): Kept | Write | undefined {
  const { keyHash, valueHash } = change;
  if (valueHash !== undefined && equalBytes(valueHash, leaf.valueHash)) return { keyHash, hash: leafHash };
  changed.stale.add(bytesToHex(leafHash));
  return valueHash === undefined ? undefined : { keyHash, valueHash };
}

function applyToBranch(
  changed: Changed,
  { path, depth, branch }: { path: TreePath; depth: number; branch: PathBranch },
  changes: readonly Change[],
): Uint8Array | undefined {
  const pathSide = bitAt(path.leaf.keyHash, branch.bitIndex);
  const middle = firstWithBit(changes, branch.bitIndex, 0, changes.length);
  const applyToChild = (side: 0 | 1, below: readonly Change[]): Uint8Array | undefined => {
    const child = side === 0 ? branch.left : branch.right;
    const [first] = below;
    if (first === undefined) return child;
    return side === pathSide
      ? applyChanges(changed, path, depth + 1, below)
      : applyChanges(changed, loadPath(changed.reader, child, first.keyHash), 0, below);
  };
  const left = applyToChild(0, changes.slice(0, middle));
  const right = applyToChild(1, changes.slice(middle));
  if (left !== undefined && right !== undefined) {
    if (equalBytes(left, branch.left) && equalBytes(right, branch.right)) return branch.hash;
    changed.stale.add(bytesToHex(branch.hash));
    return addNode(changed, encodeBranch(branch.bitIndex, left, right));
  }
  changed.stale.add(bytesToHex(branch.hash));
  return left ?? right;
}

/** The hash of the canonical tree over `parts`, which are sorted and disjoint; undefined for none. */
export function buildTree(
  changed: Changed,
  parts: readonly (Kept | Write)[],
  start = 0,
  end: number = parts.length,
): Uint8Array | undefined {
  const first = parts[start];
  const last = parts[end - 1];
  if (first === undefined || last === undefined || start >= end) return undefined;
  if (first === last) {
    return 'hash' in first ? first.hash : addNode(changed, encodeLeaf(first.keyHash, first.valueHash));
  }
  // Sorted: what the outermost two share, all share.
  const bitIndex = firstDifferingBit(first.keyHash, last.keyHash);
  const middle = firstWithBit(parts, bitIndex, start, end);
  const left = buildTree(changed, parts, start, middle);
  const right = buildTree(changed, parts, middle, end);
  assert(left !== undefined && right !== undefined, 'state tree: a fork has two sides');
  return addNode(changed, encodeBranch(bitIndex, left, right));
}

/** The first of the sorted parts whose key has a 1 at `bitIndex`, up to which they all agree: a binary search. */
function firstWithBit(
  parts: readonly { readonly keyHash: Uint8Array }[],
  bitIndex: number,
  start: number,
  end: number,
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = parts[middle];
    if (part !== undefined && bitAt(part.keyHash, bitIndex) === 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addNode(changed: Changed, node: EncodedNode): Uint8Array {
  changed.added.set(bytesToHex(node.hash), node.bytes);
  return node.hash;
}
