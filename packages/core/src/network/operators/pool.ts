import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { scaleExactly } from '../arithmetic/int64.ts';
import { scale } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE, rangeOf } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import {
  ACTIVATIONS,
  requireInputType,
  requireOutputType,
  requireRange,
  requireShift,
  requireZeroPoint,
} from './checks.ts';
import {
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  type RunMemory,
  requireSpec,
  type UnitReads,
} from './operator.ts';
import { imageOf, requireImage, tapsInside, windowRuns } from './window.ts';

const window = { kernelY: u8, kernelX: u8, strideY: u8, strideX: u8, top: u8, left: u8 };
const maxAttributes = struct('MaxPool', window);
const sumAttributes = struct('SumPool', { ...window, m: u32, s: u8, zx: i32, zy: i32 });
type Window = CodecValue<typeof maxAttributes>;
type SumPool = CodecValue<typeof sumAttributes>;

/** Places of one window: larger pools go in two steps. */
const PLACES_MAX = 64;

function checkWindow(spec: OperatorSpec<Window>): void {
  const { kernelY, kernelX, strideY, strideX, top, left } = spec.attributes;
  const input = requireInputType(spec, 0, ACTIVATIONS);
  const from = requireImage(spec, 'the input', input);
  const to = requireImage(spec, 'the output', spec.output);
  requireRange(spec, 'channels of the output', to.channels, [from.channels, from.channels]);
  for (const [name, value] of Object.entries({ kernelY, kernelX, strideY, strideX }))
    requireRange(spec, name, value, [1, 255]);
  requireRange(spec, 'places of a window', kernelY * kernelX, [1, PLACES_MAX]);
  // The first and the last window have a place inside; then all between them have one.
  requireRange(spec, 'top', top, [0, kernelY - 1]);
  requireRange(spec, 'left', left, [0, kernelX - 1]);
  requireSpec(
    (to.height - 1) * strideY - top < from.height && (to.width - 1) * strideX - left < from.width,
    spec,
    () =>
      `the last of ${to.height} × ${to.width} windows has no place inside of ${from.height} × ${from.width}`,
  );
}

/** Indices of the input elements inside of the window of `element`, in the order of the rows. */
function* insideOf(
  { attributes, inputs, output }: OperatorNode<Window>,
  element: number,
): Generator<number, void, undefined> {
  const from = imageOf(inputs[0]!);
  const to = imageOf(output);
  const channel = element % to.channels;
  const place = (element - channel) / to.channels;
  for (let tap = 0; tap < attributes.kernelY * attributes.kernelX; tap++) {
    const y =
      Math.floor(place / to.width) * attributes.strideY +
      Math.floor(tap / attributes.kernelX) -
      attributes.top;
    const x = (place % to.width) * attributes.strideX + (tap % attributes.kernelX) - attributes.left;
    if (y >= 0 && y < from.height && x >= 0 && x < from.width)
      yield (y * from.width + x) * from.channels + channel;
  }
}

/** Writes finish(combined) for each window, whose inside values `combine` joins from `initial` on. */
function runWindows(
  { attributes, inputs, output }: OperatorNode<Window>,
  memory: RunMemory,
  initial: number,
  combine: (soFar: number, value: number) => number,
  finish: (combined: number) => number,
): void {
  const from = imageOf(inputs[0]!);
  const to = imageOf(output);
  const x = numbersOf(memory, 0);
  const y = narrowOutput(memory);
  for (let row = 0, element = 0; row < to.height; row++) {
    const firstY = row * attributes.strideY - attributes.top;
    const endY = Math.min(firstY + attributes.kernelY, from.height);
    for (let column = 0; column < to.width; column++) {
      const firstX = column * attributes.strideX - attributes.left;
      const endX = Math.min(firstX + attributes.kernelX, from.width);
      for (let channel = 0; channel < to.channels; channel++, element++) {
        let combined = initial;
        for (let v = Math.max(0, firstY); v < endY; v++)
          for (let u = Math.max(0, firstX); u < endX; u++)
            combined = combine(combined, x[(v * from.width + u) * from.channels + channel] as number);
        y[element] = finish(combined);
      }
    }
  }
}

function reads({ attributes: { kernelY, kernelX }, inputs }: OperatorNode<Window>): readonly UnitReads[] {
  const { height, width, channels } = imageOf(inputs[0]!);
  const size = ELEMENT_SIZE[inputs[0]!.type];
  const rows = { count: tapsInside(kernelY, 1, height), stride: width * channels * size };
  const columns = { count: tapsInside(kernelX, 1, width), stride: channels * size };
  return [{ source: 0, runs: windowRuns(rows, columns, size) }];
}

const shared = {
  inputCount: [1, 1],
  macs: ({ attributes: { kernelY, kernelX } }: OperatorSpec<Window>) => kernelY * kernelX,
  blobSize: () => 0,
  reads,
} as const;

/** The maximum over the places of a window inside of the image. */
export const maxPool: Operator<Window> = {
  ...shared,
  number: 6,
  attributes: maxAttributes,
  check: (spec) => {
    checkWindow(spec);
    requireOutputType(spec, [spec.inputs[0]!.type]);
  },
  unit: (node, element, read) => {
    let most = -Infinity;
    for (const place of insideOf(node, element))
      most = Math.max(most, read.numbers(0, place, 1)[0] as number);
    return BigInt(most);
  },
  run: (node, memory) => runWindows(node, memory, -Infinity, Math.max, (most) => most),
};

/** sat(zy + rs(Σ (x − zx) · m, s)); a place outside of the image has x = zx. An average is m / 2^s = 1 / places. */
export const sumPool: Operator<SumPool> = {
  ...shared,
  number: 7,
  attributes: sumAttributes,
  check: (spec) => {
    checkWindow(spec);
    const { m, s, zx, zy } = spec.attributes;
    requireOutputType(spec, ACTIVATIONS);
    requireRange(spec, 'm', m, [0, 2 ** 30 - 1]);
    requireShift(spec, s);
    requireZeroPoint(spec, 'zx', zx, spec.inputs[0]!.type);
    requireZeroPoint(spec, 'zy', zy, spec.output.type);
  },
  unit: (node, element, read) => {
    const { m, s, zx, zy } = node.attributes;
    let sum = 0;
    for (const place of insideOf(node, element)) sum += (read.numbers(0, place, 1)[0] as number) - zx;
    const [low, high] = rangeOf(node.output.type);
    return scaleExactly(BigInt(sum), {
      mult: BigInt(m),
      shift: s,
      zero: BigInt(zy),
      low: BigInt(low),
      high: BigInt(high),
    });
  },
  run: (node, memory) => {
    const { m, s, zx, zy } = node.attributes;
    const [low, high] = rangeOf(node.output.type);
    runWindows(
      node,
      memory,
      0,
      (sum, value) => sum + value - zx,
      (sum) => scale(sum, m, s, zy, low, high),
    );
  },
};
