import type { Codec } from '../../bytes/codec/codec.ts';
import { refuseValue } from '../../bytes/codec/codec.ts';
import { AivmError } from '../../errors/aivm-error.ts';

/** The element types in the order of their numbers on the wire. Elements are little-endian. */
export const ELEMENT_TYPES = ['i8', 'i16', 'i32', 'i64', 'u16', 'u32', 'u64'] as const;
export type ElementType = (typeof ELEMENT_TYPES)[number];

/** Bytes of one element. */
export const ELEMENT_SIZE: Readonly<Record<ElementType, number>> = {
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u16: 2,
  u32: 4,
  u64: 8,
};

/** The types whose values a double holds: all but the 64-bit ones. */
export type NarrowType = Exclude<ElementType, 'i64' | 'u64'>;

/** Smallest and largest value of each narrow type. */
export const ELEMENT_RANGE: Readonly<Record<NarrowType, readonly [low: number, high: number]>> = {
  i8: [-128, 127],
  i16: [-32_768, 32_767],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u16: [0, 65_535],
  u32: [0, 2 ** 32 - 1],
};

export const isNarrow = (type: ElementType): type is NarrowType => type !== 'i64' && type !== 'u64';

/** The range of a narrow type; a 64-bit type is a bug of the caller. */
export function rangeOf(type: ElementType): readonly [low: number, high: number] {
  if (!isNarrow(type)) throw new TypeError(`type: expected one of at most 32 bits, got ${type}`);
  return ELEMENT_RANGE[type];
}

/** Memory of a tensor. A u64 is held as the int64 of the same bits, which is how every operator reads it. */
export type TensorData = Int8Array | Int16Array | Int32Array | BigInt64Array | Uint16Array | Uint32Array;
/** Memory of a tensor of a narrow type. */
export type NarrowData = Exclude<TensorData, BigInt64Array>;

/** `count` elements at `byteOffset` of `buffer`, which is a multiple of the element's size. */
export function viewElements(
  type: ElementType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  count: number,
): TensorData {
  switch (type) {
    case 'i8':
      return new Int8Array(buffer, byteOffset, count);
    case 'i16':
      return new Int16Array(buffer, byteOffset, count);
    case 'i32':
      return new Int32Array(buffer, byteOffset, count);
    case 'u16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'u32':
      return new Uint32Array(buffer, byteOffset, count);
    default:
      return new BigInt64Array(buffer, byteOffset, count);
  }
}

/** A typed array reads in the order of its machine, and the protocol's order is little-endian. */
if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1)
  throw new Error('networks need a little-endian machine');

/** One byte: the index in {@link ELEMENT_TYPES}. */
export const elementType: Codec<ElementType> = {
  typeName: 'uint8',
  write: (writer, value, name) => {
    const index = ELEMENT_TYPES.indexOf(value);
    if (index < 0) refuseValue(name, ELEMENT_TYPES.join(', '), value);
    writer.u8(index);
  },
  read: (reader, name) => {
    const index = reader.u8();
    const type = ELEMENT_TYPES[index];
    if (type === undefined)
      throw new AivmError(
        'malformed',
        `${name}: ${index} is no element type (0…${ELEMENT_TYPES.length - 1})`,
      );
    return type;
  },
  toJson: (value) => value,
};
