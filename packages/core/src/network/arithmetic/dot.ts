/** Products of an int16 and an int8 stay below 2^22: this many of them fit an int32. */
const BLOCK = 256;

/** Σ x·w over `count` places, exact: |x| ≤ 2^15, |w| ≤ 2^7, `count` below 2^16. */
export function dotInt8(x: Int16Array, w: Int8Array, wStart: number, count: number): number {
  let total = 0;
  for (let block = 0; block < count; block += BLOCK) {
    const end = Math.min(count, block + BLOCK);
    let sum = 0;
    for (let k = block; k < end; k++) sum = (sum + Math.imul(x[k] as number, w[wStart + k] as number)) | 0;
    total += sum;
  }
  return total;
}

/** Σ w over `count` places. */
export function sumInt8(w: Int8Array, wStart: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += w[wStart + k] as number;
  return sum;
}
