import type { Operation } from './graph.ts';

interface Image {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

type Conv = Extract<Operation, { readonly kind: 'conv' }>;
type Pool = Extract<Operation, { readonly kind: 'pool' }>;

/** A convolution over [height][width][channels]; places outside count as 0. */
export function convolve(
  { weights, bias, window, groups }: Conv,
  { dims, data }: Image,
  outDims: readonly number[],
): Float64Array {
  const [height, width, channels] = dims as [number, number, number];
  const [outHeight, outWidth, out] = outDims as [number, number, number];
  const inGroup = channels / groups;
  const outGroup = out / groups;
  const { kernelY, kernelX, strideY, strideX, dilationY, dilationX, top, left } = window;
  const y = new Float64Array(outHeight * outWidth * out);
  const gathered = new Float64Array(kernelY * kernelX * inGroup);
  for (let place = 0; place < outHeight * outWidth; place++) {
    const row = Math.floor(place / outWidth) * strideY - top;
    const column = (place % outWidth) * strideX - left;
    for (let group = 0; group < groups; group++) {
      let k = 0;
      for (let ky = 0; ky < kernelY; ky++)
        for (let kx = 0; kx < kernelX; kx++) {
          const [v, u] = [row + ky * dilationY, column + kx * dilationX];
          const isInside = v >= 0 && v < height && u >= 0 && u < width;
          const start = (v * width + u) * channels + group * inGroup;
          for (let c = 0; c < inGroup; c++) gathered[k++] = isInside ? (data[start + c] as number) : 0;
        }
      for (let o = group * outGroup; o < (group + 1) * outGroup; o++) {
        const from = o * weights.width;
        let sum = bias[o] as number;
        for (let i = 0; i < k; i++) sum += (gathered[i] as number) * (weights.data[from + i] as number);
        y[place * out + o] = sum;
      }
    }
  }
  return y;
}

/** The maximum, or the mean over all places of the window (those outside count as 0). */
export function poolPlaces(
  { isMaximum, window }: Pool,
  { dims, data }: Image,
  outDims: readonly number[],
): Float64Array {
  const [height, width, channels] = dims as [number, number, number];
  const [outHeight, outWidth] = outDims as [number, number];
  const { kernelY, kernelX, strideY, strideX, top, left } = window;
  const y = new Float64Array(outHeight * outWidth * channels);
  for (let place = 0; place < outHeight * outWidth; place++)
    for (let c = 0; c < channels; c++) {
      let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let tap = 0; tap < kernelY * kernelX; tap++) {
        const v = Math.floor(place / outWidth) * strideY - top + Math.floor(tap / kernelX);
        const u = (place % outWidth) * strideX - left + (tap % kernelX);
        if (v < 0 || v >= height || u < 0 || u >= width) continue;
        const value = data[(v * width + u) * channels + c] as number;
        most = Math.max(most, value);
        sum += value;
      }
      y[place * channels + c] = isMaximum ? most : sum / (kernelY * kernelX);
    }
  return y;
}
