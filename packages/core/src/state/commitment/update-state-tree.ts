import { compareBytes, equalBytes, isZeroBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import {
  bitAt,
  type EncodedNode,
  encodeBranch,
  encodeLeaf,
  firstDifferingBit,
  stateKeyHash,
  stateValueHash,
} from './tree-node.ts';
import { loadPath, type NodeReader, type TreePath } from './tree-path.ts';

/** The root of the tree that holds no key: 32 zero bytes, which no node hashes to. */
export const EMPTY_STATE_ROOT: Uint8Array = ZERO_32;

/** What one update did. A store that adds and removes exactly these nodes holds exactly the nodes of the new tree. */
export interface TreeUpdate {
  readonly root: Uint8Array;
  /** Nodes that the old tree did not have: hex of the hash → encoded node. */
  readonly added: ReadonlyMap<string, Uint8Array>;
  /** Nodes of the old tree that the new one no longer has: hex of the hash. */
  readonly stale: ReadonlySet<string>;
}

/** A wanted leaf; without `valueHash` the key is to go. */
interface Change {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array | undefined;
}

/** A finished subtree. `keyHash` agrees with its keys on every bit before its own fork. */
interface Subtree {
  readonly keyHash: Uint8Array;
  readonly hash: Uint8Array;
}

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
  const sorted = sortChanges(changes);
  if (sorted.length === 0) return { root, added: new Map(), stale: new Set() };
  const update = new Update(reader);
  const top = isZeroBytes(root) ? update.build(writesOf(sorted)) : update.apply(root, sorted);
  // A copy: the hash may be a view of a node that the caller is about to drop.
  return { root: top?.hash.slice() ?? EMPTY_STATE_ROOT, added: update.added, stale: update.stale };
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

type Write = Subtree | (Change & { readonly hash?: undefined });
