import { assertBytes, equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { bitAt, hashBranch, hashLeaf, KEY_BITS, stateKeyHash, stateValueHash } from './node.ts';
import type { StateProof, StateProofLeaf, StateProofStep } from './state-proof.ts';

/**
 * Whether `proof` shows that the state with this root holds `value` under `key`, or, where `value` is undefined, holds
 * nothing under it. One hash per step and at most three more.
 *
 * Why it is sound. `root` comes from an agreed block, so it is the root of a canonical tree T. Hashing the steps
 * upwards and arriving at `root` means, unless Keccak-256 has a collision, that every recomputed node is a node of T:
 * the name in a preimage tells leaf from branch, and each preimage has one length, so it parses in one way only. The
 * direction at a step is not taken from the proof but from the key's own bit, which puts the recomputed child on the
 * side where T keeps it. So the steps are the nodes of T met on descending from its root along the key's bits, and
 * what they end at is a leaf of T.
 *
 * - Presence: that leaf is hash(key, value), hence in T.
 * - Absence: if T held the key, then at every branch above its leaf the leaf would be below the child that the key's
 *   bit selects, and descending along the key's bits would end at it. The descent is a function of T and the key, and
 *   it ended at a leaf with another key hash (or T has no leaf at all). So T does not hold the key.
 *
 * That bit indices increase and that the other leaf took the same turns holds in every canonical tree. Both are checked
 * all the same, so that no root, however it came about, has a proof whose path no tree could have.
 *
 * @throws TypeError or RangeError when `root` is not 32 bytes. Whatever is wrong with the proof gives false.
 * @example verifyStateProof({ root: header.stateRoot, key, value: undefined, proof })
 */
export function verifyStateProof(claim: {
  readonly root: Uint8Array;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly proof: StateProof;
}): boolean {
  const { root, key, value, proof } = claim;
  assertBytes(root, 'root', 32);
  const { steps, otherLeaf } = proof;
  if (!areStepsInOrder(steps)) return false;
  const keyHash = stateKeyHash(key);
  if (value !== undefined) {
    if (otherLeaf !== undefined) return false;
    const leaf = hashLeaf(keyHash, stateValueHash(value));
    return equalBytes(foldSteps(steps, keyHash, leaf), root);
  }
  if (otherLeaf === undefined) return steps.length === 0 && isZeroBytes(root);
  if (!standsInPlaceOf(keyHash, otherLeaf, steps)) return false;
  const leaf = hashLeaf(otherLeaf.keyHash, otherLeaf.valueHash);
  return equalBytes(foldSteps(steps, keyHash, leaf), root);
}

function areStepsInOrder(steps: readonly StateProofStep[]): boolean {
  let last = -1;
  for (const { bitIndex, sibling } of steps) {
    if (!Number.isInteger(bitIndex) || bitIndex <= last || bitIndex >= KEY_BITS) return false;
    if (sibling.length !== 32) return false;
    last = bitIndex;
  }
  return true;
}

function standsInPlaceOf(
  keyHash: Uint8Array,
  other: StateProofLeaf,
  steps: readonly StateProofStep[],
): boolean {
  if (other.keyHash.length !== 32 || other.valueHash.length !== 32) return false;
  if (equalBytes(other.keyHash, keyHash)) return false;
  return steps.every(({ bitIndex }) => bitAt(other.keyHash, bitIndex) === bitAt(keyHash, bitIndex));
}

function foldSteps(steps: readonly StateProofStep[], keyHash: Uint8Array, leafHash: Uint8Array): Uint8Array {
  let hash = leafHash;
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i];
    if (step === undefined) break;
    const { bitIndex, sibling } = step;
    hash =
      bitAt(keyHash, bitIndex) === 0
        ? hashBranch(bitIndex, hash, sibling)
        : hashBranch(bitIndex, sibling, hash);
  }
  return hash;
}
