import type { Matrix, Operation } from './graph.ts';

interface Rows {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** y = W·x + bias for each row of x. Four rows of weights at a time, so that a row is read a quarter as often. */
export function matrixRows(
  x: Float64Array,
  { rows, width, data: w }: Matrix,
  bias: Float64Array,
  y: Float64Array,
): void {
  for (let place = 0; place * width < x.length; place++) {
    const from = place * width;
    for (let row = 0; row < rows; row += 4) {
      const count = Math.min(4, rows - row);
      const [r0, r1, r2, r3] = [0, 1, 2, 3].map((i) => (row + Math.min(i, count - 1)) * width) as [
        number,
        number,
        number,
        number,
      ];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let k = 0; k < width; k++) {
        const value = x[from + k] as number;
        s0 += value * (w[r0 + k] as number);
        s1 += value * (w[r1 + k] as number);
        s2 += value * (w[r2 + k] as number);
        s3 += value * (w[r3 + k] as number);
      }
      const sums = [s0, s1, s2, s3];
      for (let i = 0; i < count; i++)
        y[place * rows + row + i] = (sums[i] as number) + (bias[row + i] as number);
    }
  }
}

type Norm = Extract<Operation, { readonly kind: 'norm' }>;

/** Norms of rows. */
export function normalizeRows({ hasMean, gain, bias, epsilon }: Norm, x: Float64Array): Float64Array {
  const width = gain.length;
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    const mean = hasMean ? row.reduce((sum, value) => sum + value, 0) / width : 0;
    const square = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const inverse = square + epsilon > 0 ? 1 / Math.sqrt(square + epsilon) : 0;
    for (let i = 0; i < width; i++)
      y[start + i] = ((row[i] as number) - mean) * inverse * (gain[i] as number) + (bias[i] as number);
  }
  return y;
}

/** Turns the pairs of each head by the angles of its position, [positions][d / 2]. */
export function rotateRows(angles: Matrix, { dims, data }: Rows): Float64Array {
  const [positions, heads, width] = dims as [number, number, number];
  const half = width / 2;
  const y = new Float64Array(data.length);
  for (let position = 0; position < positions; position++)
    for (let head = 0; head < heads; head++) {
      const start = (position * heads + head) * width;
      for (let i = 0; i < half; i++) {
        const angle = angles.data[position * half + i] as number;
        const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
        const [a, b] = [data[start + i] as number, data[start + half + i] as number];
        y[start + i] = a * cosine - b * sine;
        y[start + half + i] = a * sine + b * cosine;
      }
    }
  return y;
}

/** Attention of grouped queries: q [T][heads][d], k and v [S][kvHeads][d]. */
export function attend(
  { factor, causal }: { readonly factor: number; readonly causal: boolean },
  [q, k, v]: readonly [Rows, Rows, Rows],
): Float64Array {
  const [queries, heads, inner] = q.dims as [number, number, number];
  const [keys, keyHeads] = k.dims as [number, number];
  const width = v.dims[2] as number;
  const y = new Float64Array(queries * heads * width);
  const weights = new Float64Array(keys);
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor((head * keyHeads) / heads);
    for (let query = 0; query < queries; query++) {
      const end = causal ? query + 1 : keys;
      const from = (query * heads + head) * inner;
      let most = Number.NEGATIVE_INFINITY;
      for (let key = 0; key < end; key++) {
        const to = (key * keyHeads + shared) * inner;
        let sum = 0;
        for (let i = 0; i < inner; i++) sum += (q.data[from + i] as number) * (k.data[to + i] as number);
        weights[key] = sum * factor;
        most = Math.max(most, weights[key] as number);
      }
      let total = 0;
      for (let key = 0; key < end; key++) {
        weights[key] = Math.exp((weights[key] as number) - most);
        total += weights[key] as number;
      }
      const target = (query * heads + head) * width;
      for (let key = 0; key < end; key++) {
        const weight = (weights[key] as number) / total;
        const source = (key * keyHeads + shared) * width;
        for (let i = 0; i < width; i++)
          y[target + i] = (y[target + i] as number) + weight * (v.data[source + i] as number);
      }
    }
  }
  return y;
}
