import { STATE, absorbPair, beginPair, permutePair } from './generated/permute-pair';

export { absorbPair, beginPair, permutePair };

/** Bytes that one permutation absorbs. */
export const RATE: i32 = 136;

/** Copies both states to `to` (400 bytes). */
export function savePair(to: usize): void {
  for (let offset: usize = 0; offset < 400; offset += 16) v128.store(to + offset, v128.load(STATE + offset));
}

/** Makes the second state saved at `from` the first one; the second stays. */
export function restoreSecondAsFirst(from: usize): void {
  for (let offset: usize = 0; offset < 400; offset += 16) {
    const at = STATE + offset;
    v128.store(at, v128.shuffle<i64>(v128.load(from + offset), v128.load(at), 1, 3));
  }
}

/** Writes the 32-byte digest of the first (0) or second (8) state. */
// @ts-ignore: decorator
@inline
export function digestTo(out: usize, side: usize): void {
  store<i64>(out, load<i64>(STATE + side));
  store<i64>(out, ~load<i64>(STATE + side, 16), 8);
  store<i64>(out, ~load<i64>(STATE + side, 32), 16);
  store<i64>(out, load<i64>(STATE + side, 48), 24);
}

/** Lays the padding of a message of `size` bytes into zeroed blocks at `blocks`. */
export function padBlocks(blocks: usize, size: i32): void {
  const total = (size / RATE + 1) * RATE;
  store<u8>(blocks + size, 1);
  const last = blocks + total - 1;
  store<u8>(last, load<u8>(last) | 0x80);
}

const TAIL: usize = memory.data(136, 16);

/** Keccak-256 of any message. The second state runs along unused: a lone permutation costs what a pair does. */
export function keccak256(message: usize, size: i32, out: usize): void {
  let at = message;
  let left = size;
  let isFirst = true;
  while (left >= RATE) {
    if (isFirst) beginPair(at, at);
    else absorbPair(at, at);
    permutePair();
    isFirst = false;
    at += RATE;
    left -= RATE;
  }
  memory.fill(TAIL, 0, RATE);
  memory.copy(TAIL, at, left);
  padBlocks(TAIL, left);
  if (isFirst) beginPair(TAIL, TAIL);
  else absorbPair(TAIL, TAIL);
  permutePair();
  digestTo(out, 0);
}
