import { assertBytes, compareBytes, equalBytes, isZeroBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { applyChanges, buildTree, type Change, writesOf } from './apply-changes.ts';
import { stateKeyHash, stateValueHash, type TreeReader, type TreeUpdate } from './node.ts';
import { ROOT_PAGE } from './page.ts';
import { loadPath, loadRoot } from './path.ts';
import { writePages } from './write-pages.ts';

/** The root of the tree that holds no key: 32 zero bytes, which no node hashes to. */
export const EMPTY_STATE_ROOT: Uint8Array = ZERO_32;

/**
 * Applies a batch of writes and deletions (undefined) to the tree under `root`. The new root depends only on the set
 * of keys and values that result. Deleting an absent key and writing an equal value change nothing.
 *
 * Cost for k changes in a tree of n keys: a hash for each key, two for each written value (value and leaf), and one for
 * each branch above a changed leaf, about k·log2(n / k) + 2k of them; every page on the way, about one for four branches, is read once and written once.
 *
 * @throws RangeError when a key occurs twice.
 * @throws AivmError `data_dir_corrupt` that names the page that `reader` lacks or holds damaged.
 * @example const { root, pages } = updateStateTree(store, parentRoot, [[key, value], [gone, undefined]]);
 */
export function updateStateTree(
  reader: TreeReader,
  root: Uint8Array,
  changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | undefined]>,
): TreeUpdate {
  assertBytes(root, 'root', 32);
  const sorted = sortChanges(changes);
  const first = sorted[0];
  if (first === undefined) return { root, pages: new Map() };
  const touched = new Set<string>();
  const isEmpty = isZeroBytes(root);
  const top = isEmpty
    ? buildTree(writesOf(sorted))
    : applyChanges({ reader, touched }, loadPath(reader, loadRoot(reader, root), first.keyHash), 0, sorted);
  if (top === undefined ? isEmpty : equalBytes(top.hash, root)) return { root, pages: new Map() };
  const pages = new Map<string, Uint8Array | undefined>(top === undefined ? [] : writePages(top));
  // A page that lost a branch has another top now, and was written with it, or holds nothing any more.
  for (const key of touched.add(ROOT_PAGE)) if (!pages.has(key)) pages.set(key, undefined);
  // A copy: the hash may be a view of a page that the caller is about to drop.
  return { root: top?.hash.slice() ?? EMPTY_STATE_ROOT, pages };
}

function sortChanges(
  changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | undefined]>,
): readonly Change[] {
  const sorted: Change[] = [];
  for (const [key, value] of changes) {
    sorted.push({
      keyHash: stateKeyHash(key),
      valueHash: value === undefined ? undefined : stateValueHash(value),
    });
  }
  sorted.sort((left, right) => compareBytes(left.keyHash, right.keyHash));
  for (const [i, change] of sorted.entries()) {
    const previous = sorted[i - 1];
    if (previous !== undefined && equalBytes(previous.keyHash, change.keyHash)) {
      throw new RangeError(
        `changes: expected every key once, got the key with hash ${bytesToHex(change.keyHash)} twice`,
      );
    }
  }
  return sorted;
}
