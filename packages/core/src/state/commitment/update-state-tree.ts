import { assertBytes, compareBytes, equalBytes, isZeroBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { applyChanges, buildTree, type Change, type Changed, writesOf } from './apply-changes.ts';
import { type NodeReader, stateKeyHash, stateValueHash, type TreeUpdate } from './node.ts';
import { loadPath } from './path.ts';

/** The root of the tree that holds no key: 32 zero bytes, which no node hashes to. */
export const EMPTY_STATE_ROOT: Uint8Array = ZERO_32;

/**
 * Applies a batch of writes and deletions (undefined) to the tree under `root`. The new root depends only on the set
 * of keys and values that result. Deleting an absent key and writing an equal value change nothing.
 *
 * Cost for k changes in a tree of n keys: a hash for each key, two for each written value (value and leaf), and one for
 * each branch above a changed leaf, about k·log2(n / k) + 2k of them; every node on the way is read once.
 *
 * @throws RangeError when a key occurs twice.
 * @throws AivmError `data_dir_corrupt` that names the node that `reader` lacks or holds damaged.
 * @example const { root, added, stale } = updateStateTree(store, parentRoot, [[key, value], [gone, undefined]]);
 */
export function updateStateTree(
  reader: NodeReader,
  root: Uint8Array,
  changes: Iterable<readonly [key: Uint8Array, value: Uint8Array | undefined]>,
): TreeUpdate {
  assertBytes(root, 'root', 32);
  const sorted = sortChanges(changes);
  const first = sorted[0];
  if (first === undefined) return { root, added: new Map(), stale: new Set() };
  const changed: Changed = { reader, added: new Map(), stale: new Set() };
  const top = isZeroBytes(root)
    ? buildTree(changed, writesOf(sorted))
    : applyChanges(changed, loadPath(reader, root, first.keyHash), 0, sorted);
  // A copy: the hash may be a view of a node that the caller is about to drop.
  return { root: top?.slice() ?? EMPTY_STATE_ROOT, added: changed.added, stale: changed.stale };
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
