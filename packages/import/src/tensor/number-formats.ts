/** The float of 16 bits (IEEE 754) with these bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The bfloat16 with these bits: the upper half of a float of 32 bits. */
export function bfloatToNumber(bits: number): number {
  word[0] = bits << 16;
  return single[0] as number;
}

/** How the numbers of a file are stored. Names as safetensors writes them. */
export const NUMBER_FORMATS = {
  F64: { size: 8, isInteger: false, read: (view: DataView, at: number) => view.getFloat64(at, true) },
  F32: { size: 4, isInteger: false, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  F16: {
    size: 2,
    isInteger: false,
    read: (view: DataView, at: number) => halfToNumber(view.getUint16(at, true)),
  },
  BF16: {
    size: 2,
    isInteger: false,
    read: (view: DataView, at: number) => bfloatToNumber(view.getUint16(at, true)),
  },
  I64: { size: 8, isInteger: true, read: (view: DataView, at: number) => Number(view.getBigInt64(at, true)) },
  U64: {
    size: 8,
    isInteger: true,
    read: (view: DataView, at: number) => Number(view.getBigUint64(at, true)),
  },
  I32: { size: 4, isInteger: true, read: (view: DataView, at: number) => view.getInt32(at, true) },
  U32: { size: 4, isInteger: true, read: (view: DataView, at: number) => view.getUint32(at, true) },
  I16: { size: 2, isInteger: true, read: (view: DataView, at: number) => view.getInt16(at, true) },
  U16: { size: 2, isInteger: true, read: (view: DataView, at: number) => view.getUint16(at, true) },
  I8: { size: 1, isInteger: true, read: (view: DataView, at: number) => view.getInt8(at) },
  U8: { size: 1, isInteger: true, read: (view: DataView, at: number) => view.getUint8(at) },
  BOOL: { size: 1, isInteger: true, read: (view: DataView, at: number) => view.getUint8(at) },
} as const;

export type NumberFormat = keyof typeof NUMBER_FORMATS;

/** The first `count` numbers of `bytes`. Floats of at most 32 bits come as floats of 32 bits, all others as doubles. */
export function readNumbers(
  bytes: Uint8Array,
  format: NumberFormat,
  count: number,
): Float32Array | Float64Array {
  const { size, isInteger, read } = NUMBER_FORMATS[format];
  const isExactInSingle = !isInteger ? size <= 4 : size <= 2;
  const data = isExactInSingle ? new Float32Array(count) : new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < count; i++) data[i] = read(view, i * size);
  return data;
}
