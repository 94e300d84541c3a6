import { concatBytes } from '@aivm/core/bytes';
import type { Random } from '../random.ts';

const SIZES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

function editAt(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const removed = random.below(1 + random.pick([0, 1, 4, 64]));
  return concatBytes(bytes.slice(0, at), random.bytes(random.below(9)), bytes.slice(at + removed));
}

/** A number in one of the places where a length or type may be. */
function writeNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  const size = random.pick([1, 2, 4]);
  const at = random.below(Math.max(0, bytes.length - size) + 1);
  const value = random.pick(SIZES);
  for (let i = 0; i < size && at + i < changed.length; i++) changed[at + i] = (value >>> (8 * i)) & 0xff;
  return changed;
}

function exchange(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  const size = random.below(Math.min(64, bytes.length)) + 1;
  const from = random.below(bytes.length - size + 1);
  const to = random.below(bytes.length - size + 1);
  changed.copyWithin(to, from, from + size);
  return changed;
}

function fill(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length + 1);
  return bytes
    .slice()
    .fill(random.pick([0, 0xff, 0x30, 0x41]), from, Math.min(bytes.length, from + random.below(200)));
}

/** Zeros, ones, a copy of itself or anything else behind the end. */
export function append(bytes: Uint8Array, random: Random): Uint8Array {
  const tails = [
    new Uint8Array(1 + random.below(70)),
    new Uint8Array(1 + random.below(70)).fill(0xff),
    bytes,
    random.bytes(1 + random.below(40)),
  ];
  return concatBytes(bytes, random.pick(tails));
}

/** One to three edits anywhere. */
export function editBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let changed = bytes;
  for (let left = 1 + random.below(3); left > 0 && changed.length > 0; left--) {
    changed = random.pick([editAt, writeNumber, exchange, fill])(changed, random);
  }
  return changed;
}

export const flipBit = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
  bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));
