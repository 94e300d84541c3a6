import { equalBytes } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import {
  type BranchNode,
  bitAt,
  firstDifferingBit,
  hashBranch,
  hashLeaf,
  KEY_BITS,
  type NewBranch,
  type TreeNode,
  type TreeReader,
} from './node.ts';
import { StoredBranch } from './page.ts';
import { loadPath, type TreePath } from './path.ts';

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
  readonly node: TreeNode;
}

/** Where an update reads, and the keys of the pages that lost a branch. */
export interface Changed {
  readonly reader: TreeReader;
  readonly touched: Set<string>;
}

/** Those of `changes` that are not deletions. */
export const writesOf = (changes: readonly Change[]): readonly Write[] =>
  changes.filter((change): change is Write => change.valueHash !== undefined);

/**
 * Applies sorted changes (at least one, all within reach of this subtree's parent) to the subtree whose top is
 * `path.branches[depth]`, or the path's leaf where there is none. Gives what takes its place, if anything: the same
 * node, or one that stands for it, where nothing changes.
 *
 * A branch does not store the bits that its keys share, so `path` leads to one of its keys, and a change belongs below
 * the branch only if it agrees with that key on every bit before the fork. The others become its new neighbours.
 */
export function applyChanges(
  changed: Changed,
  path: TreePath,
  depth: number,
  changes: readonly Change[],
): TreeNode | undefined {
  const branch = path.branches[depth];
  const forkBit = branch?.bitIndex ?? KEY_BITS;
  const pathKey = path.leaf.keyHash;
  const { before, inside, after } = splitAround(changes, pathKey, forkBit);
  const [own] = inside;
  let node: TreeNode | undefined;
  if (own === undefined) node = branch ?? path.leaf;
  else if (branch === undefined) node = applyToLeaf(path, own);
  else node = applyToBranch(changed, { path, depth, branch }, inside);
  if (before.length === 0 && after.length === 0) return node;
  const middle: readonly Kept[] = node === undefined ? [] : [{ keyHash: pathKey, node }];
  return buildTree([...writesOf(before), ...middle, ...writesOf(after)]);
}

const NONE: readonly Change[] = [];

/** Whether the change's key has the same bits as `pathKey` before `forkBit`. */
const agrees = (change: Change | undefined, pathKey: Uint8Array, forkBit: number): boolean =>
  change !== undefined && firstDifferingBit(change.keyHash, pathKey) >= forkBit;

/** Sorted changes by where they belong: below a branch that forks at `forkBit` above `pathKey`, or to one side of it. */
function splitAround(
  changes: readonly Change[],
  pathKey: Uint8Array,
  forkBit: number,
): { readonly [place in 'before' | 'inside' | 'after']: readonly Change[] } {
  const [first] = changes;
  const last = changes.at(-1);
  // What the outermost two share with the path, all share: nearly always.
  if (agrees(first, pathKey, forkBit) && agrees(last, pathKey, forkBit)) {
    return { before: NONE, inside: changes, after: NONE };
  }
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

function applyToLeaf({ leaf }: TreePath, { keyHash, valueHash }: Change): TreeNode | undefined {
  if (valueHash === undefined) return undefined;
  return equalBytes(valueHash, leaf.valueHash) ? leaf : makeLeaf(keyHash, valueHash);
}

/** A branch of a path, `depth` steps from its top. */
interface Place {
  readonly path: TreePath;
  readonly depth: number;
  readonly branch: BranchNode;
}

function applyToBranch(changed: Changed, place: Place, changes: readonly Change[]): TreeNode | undefined {
  const { path, branch } = place;
  const middle = firstWithBit(changes, branch.bitIndex, 0, changes.length);
  const left = applyToChild(changed, place, 0, changes.slice(0, middle));
  const right = applyToChild(changed, place, 1, changes.slice(middle));
  if (left !== undefined && right !== undefined) {
    if (isSame(left, branch.left) && isSame(right, branch.right)) return branch;
    touch(changed, branch);
    return makeBranch(branch.bitIndex, path.leaf.keyHash, left, right);
  }
  touch(changed, branch);
  return left ?? right;
}

function applyToChild(
  changed: Changed,
  { path, depth, branch }: Place,
  side: 0 | 1,
  changes: readonly Change[],
): TreeNode | undefined {
  const child = side === 0 ? branch.left : branch.right;
  const [first] = changes;
  if (first === undefined) return child;
  return side === bitAt(path.leaf.keyHash, branch.bitIndex)
    ? applyChanges(changed, path, depth + 1, changes)
    : applyChanges(changed, loadPath(changed.reader, child, first.keyHash), 0, changes);
}

const isSame = (left: TreeNode, right: TreeNode): boolean =>
  left === right || equalBytes(left.hash, right.hash);

function touch({ touched }: Changed, branch: BranchNode): void {
  if (branch instanceof StoredBranch) touched.add(branch.page.key);
}

const makeLeaf = (keyHash: Uint8Array, valueHash: Uint8Array): TreeNode => ({
  kind: 'leaf',
  keyHash,
  valueHash,
  hash: hashLeaf(keyHash, valueHash),
});

const makeBranch = (bitIndex: number, keyHash: Uint8Array, left: TreeNode, right: TreeNode): NewBranch => ({
  kind: 'branch',
  isNew: true,
  bitIndex,
  keyHash,
  left,
  right,
  hash: hashBranch(bitIndex, left.hash, right.hash),
});

/** The canonical tree over `parts`, which are sorted and disjoint; undefined for none. */
export function buildTree(
  parts: readonly (Kept | Write)[],
  start = 0,
  end: number = parts.length,
): TreeNode | undefined {
  const first = parts[start];
  const last = parts[end - 1];
  if (first === undefined || last === undefined || start >= end) return undefined;
  if (first === last) return 'node' in first ? first.node : makeLeaf(first.keyHash, first.valueHash);
  // Sorted: what the outermost two share, all share.
  const bitIndex = firstDifferingBit(first.keyHash, last.keyHash);
  const middle = firstWithBit(parts, bitIndex, start, end);
  const left = buildTree(parts, start, middle);
  const right = buildTree(parts, middle, end);
  assert(left !== undefined && right !== undefined, 'state tree: a fork has two sides');
  return makeBranch(bitIndex, first.keyHash, left, right);
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
