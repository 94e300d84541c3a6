import type { Shape, TensorSpec } from '../model/tensor.ts';
import { requireConstant, requireRank } from './checks.ts';
import type { ByteRun, OperatorSpec } from './operator.ts';

/** A tensor [height][width][channels]. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** `tensor` as an image; its three axes must be constants. `what` names it. */
export function requireImage(spec: OperatorSpec<unknown>, what: string, tensor: TensorSpec): ImageShape {
  requireRank(spec, what, tensor, 3);
  const [height, width, channels] = tensor.dims;
  requireConstant(spec, `the height of ${what}`, height);
  requireConstant(spec, `the width of ${what}`, width);
  requireConstant(spec, `the channels of ${what}`, channels);
  return { height, width, channels };
}

/** A checked image of one task. */
export function imageOf({ dims }: Shape): ImageShape {
  const [height, width, channels] = dims as [number, number, number];
  return { height, width, channels };
}

/** The taps of a window along one axis; the stride in bytes. */
export interface Taps {
  readonly count: number;
  readonly stride: number;
}

/** How many of `kernel` taps can lie inside of `length` places. */
export const tapsInside = (kernel: number, dilation: number, length: number): number =>
  Math.min(kernel, Math.ceil(length / dilation));

/** The runs of a window of rows × columns of taps, each of `size` bytes; strides in bytes. */
export function windowRuns(rows: Taps, columns: Taps, size: number): readonly ByteRun[] {
  const runs: ByteRun[] = [];
  for (let row = 0; row < rows.count; row++)
    for (let column = 0; column < columns.count; column++)
      runs.push({ start: row * rows.stride + column * columns.stride, size });
  return runs;
}
