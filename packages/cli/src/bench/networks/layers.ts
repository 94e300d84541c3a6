import { type HeaderOperator, type NetworkHeader, rowStride, TASK_INPUT } from '@aivm/core/network';

/** A product of `rows` × `inner` activations with `inner` × `columns` weights. */
export interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

const MAP = {
  ...({ version: 1, form: 'map', maxT: 1, vocabulary: 0, endTokens: [], maxNew: 0 } as const),
  notes: '',
};

/** One dense layer over int8 or int16 activations, with int32 results. */
export function denseLayer({ rows, inner, columns }: Product, type: 'i8' | 'i16'): NetworkHeader {
  const input = { type, dims: [rows, inner] } as const;
  const operator: HeaderOperator = {
    kind: 'dense',
    inputs: [TASK_INPUT],
    output: { type: 'i32', dims: [rows, columns] },
    place: 0,
    attributes: { leading: 1, zx: 0, zy: 0, lo: -(2 ** 31), hi: 2 ** 31 - 1 },
  };
  return { ...MAP, blobBytes: columns * rowStride(inner), input, repeats: [], operators: [operator] };
}

/** `layers` dense layers of `width` × `width` weights, one after the other, over `rows` rows of int16. */
export function denseStack(rows: number, width: number, layers: number): NetworkHeader {
  const tensor = { type: 'i16', dims: [rows, width] } as const;
  const size = width * rowStride(width);
  const dense = (input: number, place: number): HeaderOperator => ({
    kind: 'dense',
    inputs: [input],
    output: tensor,
    place,
    attributes: { leading: 1, zx: 0, zy: 0, lo: -32_768, hi: 32_767 },
  });
  const copy: HeaderOperator = {
    kind: 'reshape',
    inputs: [TASK_INPUT],
    output: tensor,
    place: 0,
    attributes: {},
  };
  return {
    ...MAP,
    blobBytes: layers * size,
    input: tensor,
    repeats: layers === 1 ? [] : [{ count: layers, first: 1, last: 1, blobStride: size }],
    operators: [copy, dense(0, 0)],
  };
}
