import { compareBytes } from '../../bytes/bytes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { buildTree, type Write } from './apply-changes.ts';
import { stateKeyHash, stateValueHash } from './node.ts';
import { EMPTY_STATE_ROOT } from './update-state-tree.ts';

/** All keys of a state whose hashes begin with the same bits, as one node of its tree. */
export interface StatePart {
  /** The hash of one of the keys, 32 bytes: it tells the part from its neighbours. */
  readonly keyHash: Uint8Array;
  /** The node's hash, 32 bytes. */
  readonly hash: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

function assertAscending(items: readonly { readonly keyHash: Uint8Array }[]): void {
  for (const [i, { keyHash }] of items.entries()) {
    const before = items[i - 1];
    if (before !== undefined && compareBytes(before.keyHash, keyHash) >= 0) {
      throw new AivmError('malformed', `state part: entry ${i} is not above the one before it`);
    }
  }
}

/**
 * The state root of parts in ascending order. Unless Keccak-256 has a collision, parts that give the root of a state are nodes
 * of its tree, and hold each of its keys once: every hash on the way is recomputed, so every fork is one of that tree.
 * Cost: one hash for each part but one.
 * @throws AivmError `malformed` where they are in another order.
 */
export function stateRootOfParts(parts: readonly StatePart[]): Uint8Array {
  assertAscending(parts);
  const kept = parts.map(({ keyHash, hash }) => ({
    keyHash,
    node: { kind: 'link' as const, hash, bitIndex: 0, prefix: NO_BYTES },
  }));
  return buildTree(kept)?.hash ?? EMPTY_STATE_ROOT;
}

/**
 * The part that these keys and values are; undefined for none. They stand in ascending order of their keys' hashes.
 * Cost: four hashes for each entry.
 * @throws AivmError `malformed` where they stand in another order.
 */
export function hashStatePart(
  entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
): StatePart | undefined {
  const writes: Write[] = entries.map(({ key, value }) => ({
    keyHash: stateKeyHash(key),
    valueHash: stateValueHash(value),
  }));
  assertAscending(writes);
  const [first] = writes;
  const top = buildTree(writes);
  return first === undefined || top === undefined ? undefined : { keyHash: first.keyHash, hash: top.hash };
}
