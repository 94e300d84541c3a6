import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';

/** A DER writer for tests, apart from the reader that it tests. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  const size = content.length;
  const length =
    size < 0x80
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x10000
          ? [0x82, size >> 8, size & 0xff]
          : undefined;
  if (length !== undefined) return concatBytes(Uint8Array.of(tag, ...length), content);
  return concatBytes(Uint8Array.of(tag, 0x83, size >> 16, (size >> 8) & 0xff, size & 0xff), content);
}

export const sequence = (...members: readonly Uint8Array[]): Uint8Array => der(0x30, ...members);
export const octets = (...contents: readonly Uint8Array[]): Uint8Array => der(0x04, ...contents);
export const bits = (content: Uint8Array, unused = 0): Uint8Array =>
  der(0x03, Uint8Array.of(unused), content);
export const utf8 = (text: string): Uint8Array => der(0x0c, utf8ToBytes(text));
export const ia5 = (text: string): Uint8Array => der(0x16, utf8ToBytes(text));
export const TRUE: Uint8Array = der(0x01, Uint8Array.of(0xff));
export const NULL: Uint8Array = der(0x05);

/** INTEGER of a big-endian magnitude. */
export function unsigned(magnitude: Uint8Array): Uint8Array {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? Uint8Array.of(0) : magnitude.slice(first);
  return der(0x02, (minimal[0] ?? 0) >= 0x80 ? concatBytes(Uint8Array.of(0), minimal) : minimal);
}

export function integer(value: number): Uint8Array {
  const magnitude = new Uint8Array(6);
  for (let i = 5, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) magnitude[i] = rest % 256;
  return unsigned(magnitude);
}

export function oid(dotted: string): Uint8Array {
  const [top = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octetsOf = (arc: number): number[] => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift(0x80 | (left % 128));
    return digits;
  };
  return der(0x06, Uint8Array.from([top * 40 + second, ...rest].flatMap(octetsOf)));
}

/** UTCTime up to 2049, GeneralizedTime after. */
export function time(seconds: number): Uint8Array {
  const digits = `${new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`;
  return digits < '2050' ? der(0x17, utf8ToBytes(digits.slice(2))) : der(0x18, utf8ToBytes(digits));
}
