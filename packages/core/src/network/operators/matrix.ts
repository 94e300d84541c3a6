import type { Dimension } from '../model/dimension.ts';
import type { Shape, TensorSpec } from '../model/tensor.ts';
import { product } from '../model/tensor.ts';
import { requireConstant, requireDims, requireInputType } from './checks.ts';
import { type OperatorSpec, requireSpec } from './operator.ts';

/** The width of rows of `tensor`, whose axes behind `leading` must be constants. */
export function rowWidth(
  spec: OperatorSpec<unknown>,
  what: string,
  { dims }: TensorSpec,
  leading: number,
): number {
  requireSpec(
    leading < dims.length,
    spec,
    () => `leading is ${leading}; it must be below the ${dims.length} axes of ${what}`,
  );
  return product(
    dims.slice(leading).map((length, i) => {
      requireConstant(spec, `axis ${leading + i} of ${what}`, length);
      return length;
    }),
  );
}

/**
 * Dense layers see a tensor as a matrix: the first `leading` axes count its rows, the others together are one row. An
 * attention's [T][heads][d] is thus a row of heads · d for the layer behind it, and no reshaped copy is in the trace.
 * Checks that as many rows leave as come, and gives the widths of an input row (n) and an output row (m).
 */
export function checkMatrix(spec: OperatorSpec<unknown>, leading: number): { n: number; m: number } {
  const input = requireInputType(spec, 0, ['i8', 'i16']);
  const n = rowWidth(spec, 'the input', input, leading);
  const m = rowWidth(spec, 'the output', spec.output, leading);
  const rows: readonly Dimension[] = input.dims.slice(0, leading);
  requireDims(spec, 'the output, up to `leading`,', spec.output.dims.slice(0, leading), rows);
  return { n, m };
}

/** The row width of a node that was checked. */
export const widthOf = ({ dims }: Shape, leading: number): number => product(dims.slice(leading));
