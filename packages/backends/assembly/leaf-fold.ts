import { RATE, absorbPair, beginPair, digestTo, permutePair, restoreSecondAsFirst, savePair } from './keccak';

// acc = hash(acc ‖ hash(leaf)) is a chain, but the leaf hashes are not in it. So the chain runs in one state while the
// other hashes leaves ahead of it, and no permutation is idle. A fold is a block of memory: acc at 0, the next leaf's
// digest at 32, padding; then a second digest that waits, and counters.

const WAITING: usize = 136;
const WAITING_COUNT: usize = 168;
const LEAF_COUNT: usize = 172;
/** Bytes of one fold. */
export const FOLD_SIZE: i32 = 176;

const SAVED: usize = memory.data(400, 16);

export function resetFold(fold: usize): void {
  memory.fill(fold, 0, FOLD_SIZE);
  store<u8>(fold, 1, 64);
  store<u8>(fold, 0x80, RATE - 1);
}

/** Folds the digest at 32 into acc. */
function foldOne(fold: usize): void {
  beginPair(fold, fold);
  permutePair();
  digestTo(fold, 0);
}

// Leaves of one block: the chain is exactly one leaf behind.

/** Takes the padded one-block leaf. */
export function addShortLeaf(fold: usize, leaf: usize): void {
  beginPair(fold, leaf);
  permutePair();
  // Before the first leaf there is nothing to fold: acc stays zero.
  if (load<u32>(fold, WAITING_COUNT) != 0) digestTo(fold, 0);
  digestTo(fold + 32, 8);
  store<u32>(fold, 1, WAITING_COUNT);
}

export function finishShortLeaves(fold: usize): void {
  if (load<u32>(fold, WAITING_COUNT) != 0) foldOne(fold);
}

// Leaves of two blocks come in twos: three double permutations for two leaves and two folds.

/** Where the next leaf is to be written: `leaves` holds two of 272 bytes. */
// @ts-ignore: decorator
@inline
export function nextLongLeaf(fold: usize, leaves: usize): usize {
  return leaves + load<u32>(fold, LEAF_COUNT) * 272;
}

/** Takes the padded two-block leaf that was written at `nextLongLeaf`. */
export function addLongLeaf(fold: usize, leaves: usize): void {
  if (load<u32>(fold, LEAF_COUNT) == 0) {
    store<u32>(fold, 1, LEAF_COUNT);
    return;
  }
  store<u32>(fold, 0, LEAF_COUNT);
  const second = leaves + 272;
  if (load<u32>(fold, WAITING_COUNT) == 0) {
    beginPair(leaves, second);
    permutePair();
  } else {
    beginPair(fold, leaves);
    permutePair();
    digestTo(fold, 0);
    savePair(SAVED);
    promoteWaiting(fold);
    beginPair(fold, second);
    permutePair();
    digestTo(fold, 0);
    restoreSecondAsFirst(SAVED);
  }
  absorbPair(leaves + RATE, second + RATE);
  permutePair();
  digestTo(fold + 32, 0);
  digestTo(fold + WAITING, 8);
  store<u32>(fold, 2, WAITING_COUNT);
}

function promoteWaiting(fold: usize): void {
  v128.store(fold, v128.load(fold, WAITING), 32);
  v128.store(fold, v128.load(fold, WAITING + 16), 48);
}

export function finishLongLeaves(fold: usize, leaves: usize): void {
  if (load<u32>(fold, WAITING_COUNT) != 0) {
    foldOne(fold);
    promoteWaiting(fold);
    foldOne(fold);
  }
  if (load<u32>(fold, LEAF_COUNT) != 0) {
    beginPair(leaves, leaves);
    permutePair();
    absorbPair(leaves + RATE, leaves + RATE);
    permutePair();
    digestTo(fold + 32, 0);
    foldOne(fold);
  }
}
