import { requireSound } from './damage.ts';

/** No block of a table is longer when unpacked: the engine cuts blocks at 4 KiB, plus one entry of at most 16 MiB. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

interface Varint {
  readonly value: number;
  readonly next: number;
}

/** A base-128 integer below 2^53, lowest group first, in its shortest form. */
export function readVarint(bytes: Uint8Array, at: number): Varint {
  let value = 0;
  for (let group = 0; group < 8; group++) {
    const byte = bytes[at + group];
    requireSound(byte !== undefined, () => `a number ends after ${bytes.length} bytes`);
    value += (byte & 0x7f) * 2 ** (7 * group);
    requireSound(byte !== 0 || group === 0, () => 'a number with empty groups');
    if (byte < 0x80) return { value, next: at + group + 1 };
  }
  requireSound(false, () => 'a number of more than 8 bytes');
}

interface Element {
  readonly size: number;
  /** Distance back to the bytes that are copied; 0 for a literal, whose bytes follow. */
  readonly offset: number;
  readonly next: number;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value += (bytes[at + i] ?? 0) * 2 ** (8 * i);
  return value;
}

function readElement(packed: Uint8Array, at: number): Element {
  const tag = packed[at] ?? 0;
  const upper = tag >>> 2;
  if ((tag & 3) === 0) {
    const extra = Math.max(0, upper - 59);
    const size = (extra === 0 ? upper : littleEndian(packed, at + 1, extra)) + 1;
    return { size, offset: 0, next: at + 1 + extra };
  }
  if ((tag & 3) === 1) {
    return {
      size: (upper & 7) + 4,
      offset: ((tag >>> 5) << 8) + littleEndian(packed, at + 1, 1),
      next: at + 2,
    };
  }
  const width = (tag & 3) === 2 ? 2 : 4;
  return { size: upper + 1, offset: littleEndian(packed, at + 1, width), next: at + 1 + width };
}

/**
 * Unpacks Snappy's block format, in which tables keep their indexes.
 * @throws FileDamage
 */
export function unpackSnappy(packed: Uint8Array): Uint8Array {
  const { value: size, next } = readVarint(packed, 0);
  requireSound(size <= UNPACKED_BYTES_MAX, () => `a block of ${size} bytes, at most ${UNPACKED_BYTES_MAX}`);
  const out = new Uint8Array(size);
  let written = 0;
  for (let at = next; at < packed.length; ) {
    const element = readElement(packed, at);
    requireSound(written + element.size <= size, () => `a block unpacks to more than its ${size} bytes`);
    if (element.offset === 0) {
      requireSound(
        (packed[at] ?? 0) % 4 === 0 && element.next + element.size <= packed.length,
        () => 'a packed block ends early',
      );
      out.set(packed.subarray(element.next, element.next + element.size), written);
      at = element.next + element.size;
    } else {
      requireSound(element.offset <= written, () => 'a packed block copies from before its start');
      // Byte by byte: source and target may overlap, which repeats a pattern.
      for (let i = 0; i < element.size; i++) out[written + i] = out[written + i - element.offset] ?? 0;
      at = element.next;
    }
    written += element.size;
  }
  requireSound(written === size, () => `a block unpacks to ${written} bytes, not ${size}`);
  return out;
}
