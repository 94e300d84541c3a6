import { describe, expect, it } from 'vitest';
import {
  type HeaderOperator,
  type NetworkHeader,
  TASK_INPUT,
  type TensorSpec,
  validateNetworkHeader,
} from '../../src/network/index.ts';
import { GraphBuilder, spec } from './support/graph-builder.ts';
import { LIMITS } from './support/random-graph.ts';

/** A map of one operator that reads the task's input. */
function one(
  kind: HeaderOperator['kind'],
  input: TensorSpec,
  output: TensorSpec,
  attributes: object,
  change: Partial<HeaderOperator> = {},
): NetworkHeader {
  const header = new GraphBuilder({ form: 'map', input }).header;
  // Wrong on purpose in some cases.
  const operator = {
    kind,
    inputs: [TASK_INPUT],
    output,
    attributes,
    place: 0,
    ...change,
  } as unknown as HeaderOperator;
  return { ...header, blobBytes: 2 ** 20, operators: [operator] };
}

const i8 = (...dims: number[]): TensorSpec => spec('i8', ...dims);
const i16 = (...dims: number[]): TensorSpec => spec('i16', ...dims);
const i64 = (...dims: number[]): TensorSpec => spec('i64', ...dims);
const DENSE = { leading: 0, zx: 0, zy: 0, lo: -128, hi: 127 };
const CONV = {
  kernelY: 3,
  kernelX: 3,
  strideY: 1,
  strideX: 1,
  dilationY: 1,
  dilationX: 1,
  top: 1,
  left: 1,
  groups: 1,
  zx: 0,
  zy: 0,
  lo: -128,
  hi: 127,
};
const POOL = { kernelY: 2, kernelX: 2, strideY: 2, strideX: 2, top: 0, left: 0 };
const valid = one('dense', i8(4), i8(2), DENSE);

const fine: readonly (readonly [string, NetworkHeader])[] = [
  ['dense', valid],
  ['conv2d', one('conv2d', i8(4, 4, 2), i8(4, 4, 3), CONV)],
  ['maxpool', one('maxpool', i8(4, 4, 2), i8(2, 2, 2), POOL)],
];

const refused: readonly (readonly [string, NetworkHeader, RegExp])[] = [
  ['another version', { ...valid, version: 2 }, /header: version is 2/],
  ['no operators', { ...valid, operators: [] }, /header: there are no operators/],
  ['a blob above 2^40', { ...valid, blobBytes: 2 ** 40 + 1 }, /header: blobBytes/],
  ['a map of several rows', { ...valid, maxT: 2 }, /header: maxT is 2; it must be 1 for a map/],
  ['a map with a vocabulary', { ...valid, vocabulary: 5 }, /header: vocabulary is 5/],
  ['a map with new tokens', { ...valid, maxNew: 1 }, /header: maxNew is 1/],
  ['a map with end tokens', { ...valid, endTokens: [1] }, /only a decoder has some/],
  ['a map without an input', { ...valid, input: undefined }, /header: no input is stated/],
  ['an input that is too large', { ...valid, input: i8(262_145) }, /header: the input has 262145 bytes/],
  ['an encoder with an input', { ...valid, form: 'encoder', vocabulary: 3 }, /header: an input is stated/],
  ['an encoder without a vocabulary', { ...valid, form: 'encoder' }, /header: vocabulary is 0/],
  ['a text above 4,096', { ...valid, form: 'encoder', vocabulary: 3, maxT: 4_097 }, /maxT is 4097/],
  ['a decoder without new tokens', { ...valid, form: 'decoder', vocabulary: 3 }, /maxNew is 0/],
  [
    'end tokens out of order',
    { ...valid, form: 'decoder', vocabulary: 9, maxT: 4, maxNew: 1, endTokens: [4, 4] },
    /end token 1 is 4/,
  ],
  [
    'an end token outside of the vocabulary',
    { ...valid, form: 'decoder', vocabulary: 9, maxT: 4, maxNew: 1, endTokens: [9] },
    /end token 0 is 9/,
  ],
  [
    'an axis that follows the text in a map',
    one('dense', i8(4), spec('i8', 'T'), DENSE),
    /operator 0 \(dense\): has an axis T/,
  ],
  [
    '2^40 elements',
    one('dense', i8(4), i8(2 ** 20, 2 ** 20), DENSE),
    /operator 0 \(dense\): has 1099511627776 elements/,
  ],
  [
    'no input',
    one('dense', i8(4), i8(2), DENSE, { inputs: [] }),
    /operator 0 \(dense\): has 0 inputs; it must have 1…2/,
  ],
  [
    'a tensor of its own',
    one('dense', i8(4), i8(2), DENSE, { inputs: [0] }),
    /operator 0 \(dense\): reads tensor 0/,
  ],
  [
    'an unknown tensor',
    one('dense', i8(4), i8(2), DENSE, { inputs: [7] }),
    /operator 0 \(dense\): reads tensor 7/,
  ],
  [
    'a place off the grid',
    one('dense', i8(4), i8(2), DENSE, { place: 64 }),
    /operator 0 \(dense\): place is 64/,
  ],
  [
    'a place behind the blob',
    one('dense', i8(4), i8(2), DENSE, { place: 2 ** 20 }),
    /its rows end at byte 1048832/,
  ],
  [
    'a place without rows',
    one('recip', i64(4), i64(4), {}, { place: 128 }),
    /operator 0 \(recip\): place is 128; it must be 0/,
  ],
  [
    'a wrong type in',
    one('dense', spec('i32', 4), i8(2), DENSE),
    /operator 0 \(dense\): input 0 is i32 \[4\]/,
  ],
  ['a wrong type out', one('dense', i8(4), spec('u32', 2), DENSE), /operator 0 \(dense\): writes u32 \[2\]/],
  ['too many leading axes', one('dense', i8(4), i8(2), { ...DENSE, leading: 1 }), /leading is 1/],
  [
    'other leading axes',
    one('dense', i8(3, 4), i8(2, 2), { ...DENSE, leading: 1 }),
    /up to `leading`, has axes \[2\]/,
  ],
  ['a row that is too long', one('dense', i8(12_289), i8(2), DENSE), /the width of a row is 12289/],
  [
    'a zero point outside',
    one('dense', i8(4), i8(2), { ...DENSE, zx: 128 }),
    /operator 0 \(dense\): zx is 128/,
  ],
  ['bounds that cross', one('dense', i8(4), i8(2), { ...DENSE, lo: 5, hi: 4 }), /lo…hi is 5…4/],
  ['bounds outside', one('dense', i8(4), i8(2), { ...DENSE, hi: 128 }), /lo…hi is -128…128/],
  [
    'bounds of an i32',
    one('dense', i8(4), spec('i32', 2), DENSE),
    /for i32 it must be -2147483648…2147483647/,
  ],
  [
    'a part of nothing',
    one('dense_part', i8(9), i64(2), { leading: 0, from: 3, to: 3, zx: 0 }),
    /from…to is 3…3/,
  ],
  [
    'a part behind the row',
    one('dense_part', i8(9), i64(2), { leading: 0, from: 3, to: 10, zx: 0 }),
    /from…to is 3…10/,
  ],
  [
    'a shift of 32',
    one('dense_shift', i8(4), i8(2), { leading: 0, shift: 32 }),
    /shift is 32; it must be 0…31/,
  ],
  ['a kernel of 0', one('conv2d', i8(4, 4, 2), i8(4, 4, 3), { ...CONV, kernelY: 0 }), /kernelY is 0/],
  [
    'a kernel of 1,025 places',
    one('conv2d', i8(90, 90, 2), i8(4, 4, 3), { ...CONV, kernelY: 25, kernelX: 41 }),
    /places of a window is 1025; it must be 1…1024/,
  ],
  [
    'groups that do not divide',
    one('conv2d', i8(4, 4, 2), i8(4, 4, 3), { ...CONV, groups: 2 }),
    /groups is 2/,
  ],
  [
    'an image of two axes',
    one('conv2d', i8(4, 4), i8(4, 4, 3), CONV),
    /the input has 2 axes; it must have 3/,
  ],
  [
    'a unit of 16,385',
    one('conv2d', i8(3, 3, 1_821), i8(1, 1, 1), CONV),
    /a unit takes 16389 multiply–adds; at most 16384/,
  ],
  [
    'a pool of 65 places',
    one('maxpool', i8(90, 4, 2), i8(2, 2, 2), { ...POOL, kernelY: 65, kernelX: 1 }),
    /places of a window is 65/,
  ],
  [
    'a window outside',
    one('maxpool', i8(4, 4, 2), i8(3, 2, 2), POOL),
    /the last of 3 × 2 windows has no place inside/,
  ],
  [
    'a window that begins outside',
    one('maxpool', i8(4, 4, 2), i8(2, 2, 2), { ...POOL, top: 2 }),
    /top is 2; it must be 0…1/,
  ],
  ['other channels', one('maxpool', i8(4, 4, 2), i8(2, 2, 3), POOL), /channels of the output is 3/],
  [
    'a factor of 2^30',
    one('sumpool', i8(4, 4, 2), i8(2, 2, 2), { ...POOL, m: 2 ** 30, s: 0, zx: 0, zy: 0 }),
    /m is 1073741824/,
  ],
  [
    'a shift of 63',
    one('sumpool', i8(4, 4, 2), i8(2, 2, 2), { ...POOL, m: 1, s: 63, zx: 0, zy: 0 }),
    /shift is 63; it must be 0…62/,
  ],
  ['a segment of 0', one('rowsum', i8(4), i64(1), { segment: 0, abs: false }), /segment is 0/],
  [
    'other segments',
    one('rowsum', i8(4), i64(1), { segment: 2, abs: false }),
    /has axes \[1\]; they must be \[2\]/,
  ],
  [
    'a segment of 16,385 bytes',
    one('rowsum', i8(16_385), i64(1), { segment: 16_385, abs: false }),
    /a unit reads 16385 bytes/,
  ],
  [
    'an absolute i8',
    one('rowmax', i8(4), i8(1), { segment: 4, abs: true }),
    /input 0 is i8 \[4\]; its type must be i16 or i32/,
  ],
  [
    'an axis that is not gone',
    one('argtoken', i64(2, 2), spec('u32', 2), {}),
    /the last axis of the input is 2; it must be 1/,
  ],
  ['a table for others', one('lut16', i8(4), i8(4), {}), /operator 0 \(lut16\): input 0 is i8/],
  [
    'an embedding without a text',
    one('embed', i8(4), i16(4, 2), { ofPosition: false }, { inputs: [] }),
    /a map has no text/,
  ],
  ['a norm of 16,385', one('rope', i16(2, 1, 3), i16(2, 1, 3), { halves: false }), /a head has 3 places/],
  ['elements from nowhere', one('reshape', i8(4, 3), i8(2, 7), {}), /has 12 elements and writes 14/],
  ['a permutation', one('transpose', i8(4, 3), i8(4, 3), { permutation: [0, 0] }), /permutation is 0, 0/],
  [
    'a slice behind the end',
    one('slice', i8(4, 3), i8(4, 2), { axis: 1, start: 2 }),
    /takes places 2…3 of 3/,
  ],
  [
    'an axis too many',
    one('slice', i8(4, 3), i8(4, 2), { axis: 2, start: 0 }),
    /axis is 2; it must be below 2/,
  ],
  ['padding that cuts', one('pad', i8(4), i8(5), { value: 0, before: [2] }), /puts 4 places behind 2/],
  ['padding of another type', one('pad', i8(4), i8(5), { value: 128, before: [0] }), /value is 128/],
  ['a factor of 0', one('upsample', i8(4), i8(4), { factors: [0] }), /factor 0 is 0/],
  ['a tail in a map', one('tail', i8(4), i8(4), {}), /a network that is no decoder/],
  [
    'an output that is too large',
    one('upsample', i8(40_000), i8(80_000), { factors: [2] }),
    /header: the output has 80000 bytes/,
  ],
];

describe('validateNetworkHeader', () => {
  it.each(fine)('admits %s', (_name, header) => {
    expect(validateNetworkHeader(header, LIMITS).workMax > 0n).toBe(true);
  });

  it.each(refused)('refuses %s', (_name, header, message) => {
    expect(() => validateNetworkHeader(header, LIMITS)).toThrow(message);
    expect(() => validateNetworkHeader(header, LIMITS)).toThrow(/^model_refused: /);
  });

  it('refuses a witness above the limit, the widest operator by name', () => {
    const limits = { ...LIMITS, maxWitnessBytes: 500 };
    expect(() => validateNetworkHeader(one('dense', i8(4), i8(2), DENSE), limits)).toThrow(
      /operator 0 \(dense\): a witness takes up to \d+ bytes; at most 500/,
    );
  });

  it('refuses more work than 2^50, and traces of 2^39 bytes', () => {
    const wide = one('upsample', i8(2 ** 17, 1), i8(2 ** 17, 255), { factors: [1, 255] });
    const [first] = wide.operators;
    const many = Array.from({ length: 3 }, () => first!);
    expect(
      validateNetworkHeader({ ...wide, operators: many }, { ...LIMITS, maxOutputBytes: 2 ** 40 }).workMax >
        0n,
    ).toBe(true);
    const grow = (from: number, to: number): HeaderOperator => ({
      kind: 'upsample',
      inputs: [from],
      output: i8(2 ** 17, 255, to),
      place: 0,
      attributes: { factors: [1, 1, 255] },
    });
    const reshape: HeaderOperator = {
      kind: 'reshape',
      inputs: [0],
      output: i8(2 ** 17, 255, 1),
      place: 0,
      attributes: {},
    };
    const large = {
      ...wide,
      operators: [first!, reshape, ...Array.from({ length: 65 }, () => grow(1, 255))],
    };
    expect(() => validateNetworkHeader(large, { ...LIMITS, maxOutputBytes: 2 ** 40 })).toThrow(
      /header: the largest trace has \d+ bytes; it must stay below 2\^39/,
    );
  });
});
