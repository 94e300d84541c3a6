const HIGH_SURROGATE_MIN = 0xd800;
const SURROGATE_MAX = 0xdfff;

/** The bytes of a text of ASCII characters alone, undefined for any other. */
function asciiToBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}

/**
 * UTF-8 bytes of `text`. Written here because core compiles without DOM or Node types.
 * @throws TypeError on a lone surrogate, which has no UTF-8 form.
 */
export function utf8ToBytes(text: string): Uint8Array {
  // Nearly all are ids and keys in ASCII, which need neither room to spare nor a copy.
  return asciiToBytes(text) ?? encode(text);
}

function encode(text: string): Uint8Array {
  // A UTF-16 unit takes three bytes at most: a pair of them takes four.
  const bytes = new Uint8Array(text.length * 3);
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[size++] = unit;
      continue;
    }
    const point = text.codePointAt(i) ?? 0;
    if (point >= HIGH_SURROGATE_MIN && point <= SURROGATE_MAX) {
      throw new TypeError('text: a lone surrogate has no UTF-8 form');
    }
    if (point < 0x800) bytes[size++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) bytes[size++] = 0xe0 | (point >> 12);
      else {
        bytes[size++] = 0xf0 | (point >> 18);
        bytes[size++] = 0x80 | ((point >> 12) & 63);
        i += 1;
      }
      bytes[size++] = 0x80 | ((point >> 6) & 63);
    }
    bytes[size++] = 0x80 | (point & 63);
  }
  return bytes.slice(0, size);
}

/** Characters that one call of String.fromCharCode is given: engines bound the number of arguments. */
const CHUNK = 4_096;

/** The end of the run of ASCII that begins at `from`, {@link CHUNK} bytes at most. */
function asciiEnd(bytes: Uint8Array, from: number): number {
  const limit = Math.min(bytes.length, from + CHUNK);
  let end = from;
  while (end < limit && (bytes[end] ?? 0) < 0x80) end += 1;
  return end;
}

/** The first point that needs a sequence of so many bytes. */
const SMALLEST_POINT = [0, 0, 0x80, 0x800, 0x10000] as const;

/** The text that `bytes` spell, or undefined where they are not well-formed UTF-8 (over-long forms included). */
export function bytesToUtf8(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  let i = 0;
  while (i < bytes.length) {
    const end = asciiEnd(bytes, i);
    if (end > i) {
      parts.push(String.fromCharCode.apply(undefined, bytes.subarray(i, end) as unknown as number[]));
      i = end;
      continue;
    }
    const lead = bytes[i] ?? 0;
    const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || i + size > bytes.length) return undefined;
    let point = lead & (0xff >> (size + 1));
    for (let k = 1; k < size; k++) {
      const next = bytes[i + k] ?? 0;
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 63);
    }
    if (point < (SMALLEST_POINT[size] ?? 0) || point > 0x10ffff) return undefined;
    if (point >= HIGH_SURROGATE_MIN && point <= SURROGATE_MAX) return undefined;
    parts.push(String.fromCodePoint(point));
    i += size;
  }
  return parts.join('');
}
