/** Element types of ONNX tensors. */
const OnnxType = { float: 1, uint8: 2, int8: 3, int32: 6 } as const;
type OnnxTypeNumber = (typeof OnnxType)[keyof typeof OnnxType];

const VARINT = 0;
const BYTES = 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

const integer = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...varint(field * 8 + VARINT), ...varint(value)]);

function bytes(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const head = [...varint(field * 8 + BYTES), ...varint(size)];
  const out = new Uint8Array(head.length + size);
  out.set(head);
  let at = head.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value));

const valueInfo = (
  field: number,
  name: string,
  type: OnnxTypeNumber,
  dims: readonly number[],
): Uint8Array => {
  const shape = bytes(2, ...dims.map((length) => bytes(1, integer(1, length))));
  return bytes(field, text(1, name), bytes(2, bytes(1, integer(1, type), shape)));
};

/** A matrix product Y = A · B with B inside the model, as the bytes of an ONNX file. */
export function matrixProductModel(
  operator: 'MatMul' | 'MatMulInteger',
  { rows, inner, columns }: { readonly rows: number; readonly inner: number; readonly columns: number },
  weights: Float32Array | Int8Array,
): Uint8Array {
  const isFloat = operator === 'MatMul';
  const type = isFloat ? OnnxType.float : OnnxType.int8;
  const raw = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
  const node = bytes(1, text(1, 'A'), text(1, 'B'), text(2, 'Y'), text(4, operator));
  const initializer = bytes(
    5,
    integer(1, inner),
    integer(1, columns),
    integer(2, type),
    text(8, 'B'),
    bytes(9, raw),
  );
  const graph = bytes(
    7,
    node,
    text(2, 'product'),
    initializer,
    valueInfo(11, 'A', isFloat ? OnnxType.float : OnnxType.uint8, [rows, inner]),
    valueInfo(12, 'Y', isFloat ? OnnxType.float : OnnxType.int32, [rows, columns]),
  );
  return Uint8Array.from([...integer(1, 8), ...bytes(8, text(1, ''), integer(2, 13)), ...graph]);
}
