import { assertBytes, equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import type { Codec } from '../../bytes/codec/codec.ts';
import { list, optional, struct } from '../../bytes/codec/composites.ts';
import { bytes32, u8 } from '../../bytes/codec/primitives.ts';
import { bitAt, KEY_BITS, stateKeyHash, type TreeReader } from './node.ts';
import { loadPath, loadRoot } from './path.ts';

/** One branch on the way from the root to a leaf. */
export interface StateProofStep {
  /** The bit at which the branch forks, 0…255. */
  readonly bitIndex: number;
  /** The hash of the child that is not on the way. */
  readonly sibling: Uint8Array;
}

/** The leaf that stands where an absent key would be looked for. */
export interface StateProofLeaf {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
}

/** Proves, against a state root, what value a key has in that state, or that it has none. */
export interface StateProof {
  /** From the root downwards; empty where the tree has at most one key. */
  readonly steps: readonly StateProofStep[];
  /** Only in a proof of absence, and not where the tree is empty. */
  readonly otherLeaf: StateProofLeaf | undefined;
}

/** u32 count ‖ count × (u8 bitIndex ‖ sibling) ‖ presence byte ‖ [keyHash ‖ valueHash]. At most 8,517 bytes. */
export const stateProofCodec: Codec<StateProof> = struct('StateProof', {
  steps: list(struct('StateProofStep', { bitIndex: u8, sibling: bytes32 }), KEY_BITS),
  otherLeaf: optional(struct('StateProofLeaf', { keyHash: bytes32, valueHash: bytes32 })),
});

/**
 * Proves what the tree under `root` says about `key`: its value where it has one, else its absence. Reads every page
 * on the way once, about one for four of log2 of the number of keys; one hash.
 * @throws AivmError `data_dir_corrupt` that names the page that `reader` lacks or holds damaged.
 */
export function proveStateKey(reader: TreeReader, root: Uint8Array, key: Uint8Array): StateProof {
  assertBytes(root, 'root', 32);
  if (isZeroBytes(root)) return { steps: [], otherLeaf: undefined };
  const keyHash = stateKeyHash(key);
  const { branches, leaf } = loadPath(reader, loadRoot(reader, root), keyHash);
  const steps = branches.map(({ bitIndex, left, right }) => ({
    bitIndex,
    sibling: (bitAt(keyHash, bitIndex) === 0 ? right : left).hash.slice(),
  }));
  const otherLeaf = equalBytes(leaf.keyHash, keyHash)
    ? undefined
    : { keyHash: leaf.keyHash.slice(), valueHash: leaf.valueHash.slice() };
  return { steps, otherLeaf };
}
