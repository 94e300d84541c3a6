const HIGH_SURROGATE_MIN = 0xd800;
const SURROGATE_MAX = 0xdfff;

/**
 * UTF-8 bytes of `text`. Written here because core compiles without DOM or Node types.
 * @throws TypeError on a lone surrogate, which has no UTF-8 form.
 */
export function utf8ToBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point >= HIGH_SURROGATE_MIN && point <= SURROGATE_MAX) {
      throw new TypeError('text: a lone surrogate has no UTF-8 form');
    }
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else {
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      );
    }
  }
  return Uint8Array.from(bytes);
}

const SMALLEST_POINT = [0, 0, 0x80, 0x800, 0x10000] as const;

/** The text that `bytes` spell, or undefined where they are not well-formed UTF-8 (over-long forms included). */
export function bytesToUtf8(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i] ?? 0;
    const size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || i + size > bytes.length) return undefined;
    let point = size === 1 ? lead : lead & (0xff >> (size + 1));
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
