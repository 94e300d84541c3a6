import { SHIFT_MAX } from '../arithmetic/int64.ts';

/** Tensors, rows and tables begin at multiples of this; it is the size of a leaf of the tree. */
export const ALIGNMENT = 128;

/** `size` rounded up to a multiple of {@link ALIGNMENT}. */
export const alignUp = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

/** Bytes of bias i32, mult i32 and shift u8 behind the weights of a row. */
export const ROW_TAIL_SIZE = 9;

/** Bytes from one row of `weightCount` weights to the next. */
export const rowStride = (weightCount: number): number => alignUp(weightCount + ROW_TAIL_SIZE);

/** The end of a row: what scales its sum. */
export interface RowTail {
  readonly bias: number;
  readonly mult: number;
  /** 0…62: a larger byte counts as 62. */
  readonly shift: number;
}

/** The tail that begins at `offset` of `bytes`. */
export function readRowTail(bytes: Uint8Array, offset = 0): RowTail {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, ROW_TAIL_SIZE);
  return {
    bias: view.getInt32(0, true),
    mult: view.getInt32(4, true),
    shift: Math.min(view.getUint8(8), SHIFT_MAX),
  };
}
