/** The largest int8 weight; −128 is left out, so that both signs reach as far. */
export const WEIGHT_MAX = 127;
/** How many steps the smallest weight of a quantised row may be away from 0. */
const STEPS_MAX = 127;
const TOLERANCE = 2e-3;

/** Whether every weight is a whole number of steps, with at most {@link WEIGHT_MAX} of them. */
function fits(row: ArrayLike<number>, step: number, most: number): boolean {
  if (most / step > WEIGHT_MAX + 0.5) return false;
  for (let i = 0; i < row.length; i++) {
    const steps = (row[i] as number) / step;
    if (Math.abs(steps - Math.round(steps)) > TOLERANCE) return false;
  }
  return true;
}

/**
 * The step on which all weights of a row stand, if the row was quantised before: of a float row none is found. Weights
 * that were quantised keep their own grid, and nothing is lost.
 */
export function ownStep(row: ArrayLike<number>): number | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < row.length; i++) {
    const size = Math.abs(row[i] as number);
    if (size > most) most = size;
    if (size > 0 && size < least) least = size;
  }
  if (most === 0) return undefined;
  // Two or three weights are whole numbers of some step by chance.
  if (row.length < 4) return undefined;
  for (let steps = 1; steps <= STEPS_MAX; steps++) {
    // The largest weight gives the step more exactly than the smallest.
    const rough = least / steps;
    const count = Math.round(most / rough);
    if (count <= WEIGHT_MAX && count > 0 && fits(row, most / count, most)) return most / count;
  }
  return undefined;
}

/** int8 weights of a row and the number that one step stands for. */
export interface QuantisedRow {
  readonly weights: Int8Array;
  readonly step: number;
  /** Whether the row stood on this grid already. */
  readonly isOwn: boolean;
}

/**
 * A row of weights as int8.
 *
 * @param leastStep a step below which the row's bias would not fit its integer
 */
export function quantiseRow(row: ArrayLike<number>, leastStep: number): QuantisedRow {
  const own = ownStep(row);
  let most = 0;
  for (let i = 0; i < row.length; i++) most = Math.max(most, Math.abs(row[i] as number));
  const wanted = own ?? most / WEIGHT_MAX;
  const step = Math.max(wanted, leastStep, Number.MIN_VALUE * 2 ** 60);
  const weights = new Int8Array(row.length);
  for (let i = 0; i < row.length; i++) weights[i] = Math.round((row[i] as number) / step);
  return { weights, step, isOwn: own !== undefined && step === own };
}
