import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { dotInt8, sumInt8 } from '../arithmetic/dot.ts';
import { scaleExactly } from '../arithmetic/int64.ts';
import { scale } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import type { TensorSpec } from '../model/tensor.ts';
import { ROW_TAIL_SIZE, readRowTail, rowStride } from '../model/weight-row.ts';
import {
  ACTIVATIONS_AND_SUMS,
  requireBounds,
  requireInputType,
  requireOutputType,
  requireRange,
  requireZeroPoint,
} from './checks.ts';
import {
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
  requireSpec,
} from './operator.ts';
import { type ImageShape, imageOf, requireImage, tapsInside, windowRuns } from './window.ts';

const attributes = struct('Conv2d', {
  kernelY: u8,
  kernelX: u8,
  strideY: u8,
  strideX: u8,
  dilationY: u8,
  dilationX: u8,
  top: u8,
  left: u8,
  groups: u32,
  zx: i32,
  zy: i32,
  lo: i32,
  hi: i32,
});
type Attributes = CodecValue<typeof attributes>;

/** Places of one window. A unit reads each of them by itself where groups or dilations part them. */
const TAPS_MAX = 1_024;

/** Weights of one output channel: ky, kx, channel within the group. */
const weightCount = ({ kernelY, kernelX, groups }: Attributes, channels: number): number =>
  kernelY * kernelX * (channels / groups);

function check(spec: OperatorSpec<Attributes>): void {
  const { groups, zx, zy, lo, hi, ...window } = spec.attributes;
  const input = requireInputType(spec, 0, ['i8', 'i16']);
  requireOutputType(spec, ACTIVATIONS_AND_SUMS);
  const from = requireImage(spec, 'the input', input);
  const to = requireImage(spec, 'the output', spec.output);
  for (const name of ['kernelY', 'kernelX', 'strideY', 'strideX', 'dilationY', 'dilationX'] as const)
    requireRange(spec, name, window[name], [1, 255]);
  requireRange(spec, 'places of a window', window.kernelY * window.kernelX, [1, TAPS_MAX]);
  requireSpec(
    groups >= 1 && from.channels % groups === 0 && to.channels % groups === 0,
    spec,
    () => `groups is ${groups}; it must divide ${from.channels} input and ${to.channels} output channels`,
  );
  requireZeroPoint(spec, 'zx', zx, input.type);
  requireZeroPoint(spec, 'zy', zy, spec.output.type);
  requireBounds(spec, lo, hi);
}

const specShape = ({ dims }: TensorSpec): number => dims[2] as number;

/** Copies the window of one place and one group, in the order of the weights; places outside give zx. */
function gather(
  x: ArrayLike<number>,
  window: Int16Array,
  image: ImageShape,
  attributes: Attributes,
  origin: { readonly y: number; readonly x: number; readonly channel: number },
): void {
  const { kernelY, kernelX, dilationY, dilationX, groups, zx } = attributes;
  const width = image.channels / groups;
  let k = 0;
  for (let ky = 0; ky < kernelY; ky++) {
    const y = origin.y + ky * dilationY;
    for (let kx = 0; kx < kernelX; kx++) {
      const column = origin.x + kx * dilationX;
      const isInside = y >= 0 && y < image.height && column >= 0 && column < image.width;
      const start = (y * image.width + column) * image.channels + origin.channel;
      for (let c = 0; c < width; c++) window[k++] = isInside ? (x[start + c] as number) : zx;
    }
  }
}

function run({ attributes, inputs, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const { strideY, strideX, top, left, groups, zx, zy, lo, hi } = attributes;
  const from = imageOf(inputs[0]!);
  const to = imageOf(output);
  const n = weightCount(attributes, from.channels);
  const x = numbersOf(memory, 0);
  const y = narrowOutput(memory);
  const weights = new Int8Array(memory.blob.buffer, memory.blob.byteOffset, to.channels * rowStride(n));
  const tails = Array.from({ length: to.channels }, (_, channel) => {
    const start = channel * rowStride(n);
    const { bias, mult, shift } = readRowTail(memory.blob, start + n);
    return { start, mult, shift, constant: bias - zx * sumInt8(weights, start, n) };
  });
  const groupSize = to.channels / groups;
  const window = new Int16Array(n);
  for (let place = 0; place < to.height * to.width; place++) {
    const originY = Math.floor(place / to.width) * strideY - top;
    const originX = (place % to.width) * strideX - left;
    for (let channel = 0; channel < to.channels; channel++) {
      const group = Math.floor(channel / groupSize);
      if (channel % groupSize === 0)
        gather(x, window, from, attributes, {
          y: originY,
          x: originX,
          channel: group * (from.channels / groups),
        });
      const { start, mult, shift, constant } = tails[channel]!;
      const sum = dotInt8(window, weights, start, n) + constant;
      y[place * to.channels + channel] = scale(sum, mult, shift, zy, lo, hi);
    }
  }
}

/** `dense` over a window of [height][width][channels]; outside of the image x = zx. Depthwise: groups = channels. */
export const conv2d: Operator<Attributes> = {
  number: 5,
  attributes,
  inputCount: [1, 1],
  check,
  macs: ({ attributes, inputs }) => weightCount(attributes, specShape(inputs[0]!)),
  blobSize: ({ attributes, inputs, output }) =>
    specShape(output) * rowStride(weightCount(attributes, specShape(inputs[0]!))),
  reads: ({ attributes, inputs }) => {
    const { kernelY, kernelX, dilationY, dilationX, groups } = attributes;
    const { height, width, channels } = imageOf(inputs[0]!);
    const pixel = channels * ELEMENT_SIZE[inputs[0]!.type];
    const rows = { count: tapsInside(kernelY, dilationY, height), stride: dilationY * width * pixel };
    const tapCount = tapsInside(kernelX, dilationX, width);
    // Neighbouring pixels with all of their channels are one run.
    const runs =
      groups === 1 && dilationX === 1
        ? windowRuns(rows, { count: 1, stride: 0 }, tapCount * pixel)
        : windowRuns(rows, { count: tapCount, stride: dilationX * pixel }, pixel / groups);
    return [
      { source: 0, runs },
      { source: 'blob', runs: oneRun(weightCount(attributes, channels) + ROW_TAIL_SIZE), isAligned: true },
    ];
  },
  unit: ({ attributes, inputs, output }, element, read) => {
    const { kernelX, strideY, strideX, dilationY, dilationX, top, left, groups, zx } = attributes;
    const from = imageOf(inputs[0]!);
    const to = imageOf(output);
    const n = weightCount(attributes, from.channels);
    const width = from.channels / groups;
    const channel = element % to.channels;
    const place = (element - channel) / to.channels;
    const firstChannel = Math.floor(channel / (to.channels / groups)) * width;
    const row = read.blob(channel * rowStride(n), n + ROW_TAIL_SIZE);
    const weights = new Int8Array(row.buffer, row.byteOffset, n);
    const { bias, mult, shift } = readRowTail(row, n);
    let sum = bias;
    for (let tap = 0; tap * width < n; tap++) {
      const y = Math.floor(place / to.width) * strideY + Math.floor(tap / kernelX) * dilationY - top;
      const x = (place % to.width) * strideX + (tap % kernelX) * dilationX - left;
      if (y < 0 || y >= from.height || x < 0 || x >= from.width) continue;
      const values = read.numbers(0, (y * from.width + x) * from.channels + firstChannel, width);
      for (let c = 0; c < width; c++)
        sum += ((values[c] as number) - zx) * (weights[tap * width + c] as number);
    }
    return scaleExactly(BigInt(sum), {
      mult: BigInt(mult),
      shift,
      zero: BigInt(attributes.zy),
      low: BigInt(attributes.lo),
      high: BigInt(attributes.hi),
    });
  },
  run,
};
