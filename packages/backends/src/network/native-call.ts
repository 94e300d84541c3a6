import {
  type AttributesOf,
  ELEMENT_TYPES,
  type ElementType,
  type OperatorKind,
  type OperatorNode,
  operatorOf,
  type RunMemory,
  type Shape,
} from '@aivm/core/network';
import type { NativeArgument, NativeFunction } from '../plugin/native-loader.ts';

/** Places of words in a call, as in native/network/call.c. */
const SIZES = 1;
const INPUTS = 9;
const SHAPES = 10;
const SHAPE_WORDS = 6;
const INPUTS_MAX = 4;
const RANK_MAX = 4;
const ATTRIBUTES = 40;
const WORDS = 56;

type Words = readonly (number | boolean)[];
/** The attributes of a kind in the order of the library. */
type Encoder<K extends OperatorKind> = (attributes: AttributesOf<K>) => Words;

const padTo = (values: readonly number[]): readonly number[] =>
  Array.from({ length: RANK_MAX }, (_, axis) => values[axis] ?? 0);

/** The kinds that the library computes. What is missing only copies or is rare: the reference does it. */
const ENCODERS: { readonly [K in OperatorKind]?: Encoder<K> } = {
  dense: ({ leading, zx, zy, lo, hi }) => [leading, zx, zy, lo, hi],
  dense_part: ({ leading, from, to, zx }) => [leading, from, to, zx],
  dense_shift: ({ leading, shift }) => [leading, shift],
  conv2d: (a) => [
    ...[a.kernelY, a.kernelX, a.strideY, a.strideX, a.dilationY, a.dilationX, a.top, a.left],
    ...[a.groups, a.zx, a.zy, a.lo, a.hi],
  ],
  maxpool: ({ kernelY, kernelX, strideY, strideX, top, left }) => [
    kernelY,
    kernelX,
    strideY,
    strideX,
    top,
    left,
  ],
  sumpool: (a) => [...[a.kernelY, a.kernelX, a.strideY, a.strideX, a.top, a.left], ...[a.m, a.s, a.zx, a.zy]],
  add: ({ za, ma, sa, zb, mb, sb, zy }) => [za, ma, sa, zb, mb, sb, zy],
  mul: ({ za, zb, zy, m, s }) => [za, zb, zy, m, s],
  lut8: () => [],
  lut16: () => [],
  embed: ({ ofPosition }) => [ofPosition],
  rowmax: ({ segment, abs }) => [segment, abs],
  rowsum: ({ segment, abs }) => [segment, abs],
  argkey: ({ segment }) => [segment],
  argtoken: () => [],
  normsum: ({ segment, square }) => [segment, square],
  normscale: ({ width, eps }) => [width, eps],
  normout: ({ s, bias }) => [s, bias],
  rope: ({ halves }) => [halves],
  scores: ({ causal, m, s }) => [causal, m, s],
  exp: ({ causal }) => [causal],
  recip: () => [],
  attnout: ({ s }) => [s],
  matmul: ({ m, s }) => [m, s],
  meanT: ({ m, s, zx, zy }) => [m, s, zx, zy],
  transpose: ({ permutation }) => [...permutation],
  pad: ({ value, before }) => [...padTo(before), value],
  upsample: ({ factors }) => [...factors],
};

/** Whether the library knows a kind at all. */
export const isNativeKind = (kind: OperatorKind): boolean => ENCODERS[kind] !== undefined;

const TYPE_NUMBER = new Map<ElementType, number>(ELEMENT_TYPES.map((type, index) => [type, index]));

/** Bytes in a buffer of their own, which the collector does not move. */
const ownWords = (count: number): Float64Array => new Float64Array(new ArrayBuffer(count * 8));

/** Calls the library's `run`. One instance serves one thread. */
export class NativeCall {
  readonly #run: NativeFunction;
  readonly #words = ownWords(WORDS);

  constructor(run: NativeFunction) {
    this.#run = run;
  }

  /**
   * Computes one operator of a kind of {@link isNativeKind}; the lengths that are passed are those of the buffers.
   *
   * @param packed the operator's rows in the library's form, for kinds that have rows
   * @returns the library's status; unless it is 0 the output is as it was
   */
  run(
    kind: OperatorKind,
    { attributes, inputs, output }: OperatorNode<unknown>,
    memory: RunMemory,
    packed: Uint8Array | undefined,
  ): number {
    const words = this.#words;
    words.fill(0);
    words[0] = operatorOf(kind).number;
    const { blob, tokens } = memory;
    const pointers: NativeArgument[] = [null, null, null, null];
    for (const [index, data] of memory.inputs.entries()) {
      pointers[index] = data;
      words[SIZES + index] = data.byteLength;
      this.#shape(SHAPES + index * SHAPE_WORDS, inputs[index]!);
    }
    words[SIZES + 4] = memory.output.byteLength;
    words[SIZES + 5] = blob.byteLength;
    words[SIZES + 6] = tokens.byteLength;
    words[SIZES + 7] = packed?.byteLength ?? 0;
    words[INPUTS] = memory.inputs.length;
    this.#shape(SHAPES + INPUTS_MAX * SHAPE_WORDS, output);
    // The attributes are those of the kind.
    const encode = ENCODERS[kind] as (attributes: unknown) => Words;
    for (const [index, value] of encode(attributes).entries()) words[ATTRIBUTES + index] = Number(value);
    return this.#run(
      ...[words, WORDS, ...pointers, memory.output],
      ...[blob.length > 0 ? blob : null, tokens.length > 0 ? tokens : null, packed ?? null],
    );
  }

  #shape(at: number, { type, dims }: Shape): void {
    this.#words[at] = TYPE_NUMBER.get(type)!;
    this.#words[at + 1] = dims.length;
    for (const [axis, length] of dims.entries()) this.#words[at + 2 + axis] = length;
  }
}

/** The rows of one operator in a blob, in the order of native/network/call.c. */
export interface RowsToPack {
  readonly stride: number;
  readonly width: number;
  readonly from: number;
  readonly n: number;
  readonly m: number;
  readonly groups: number;
  readonly zx: number;
  readonly isNarrow: boolean;
  readonly isDepthwise: boolean;
  readonly hasTail: boolean;
}

/** Bytes in front of the weights of a panel of 16 rows. */
const PANEL_HEAD_SIZE = 320;
const PANEL_ROWS = 16;

/** Bytes that packed rows take. */
function packedSize({ n, m, groups, isDepthwise }: RowsToPack): number {
  const sets = isDepthwise ? 1 : groups;
  const panels = sets * Math.ceil(m / sets / PANEL_ROWS);
  return panels * (PANEL_HEAD_SIZE + PANEL_ROWS * 4 * Math.ceil(n / 4));
}

/** The rows at the beginning of `blob` in the library's form. @throws Error with the library's status */
export function packNatively(pack: NativeFunction, rows: RowsToPack, blob: Uint8Array): Uint8Array {
  const packed = new Uint8Array(new ArrayBuffer(packedSize(rows)));
  const { stride, width, from, n, m, groups, zx, isNarrow, isDepthwise, hasTail } = rows;
  const words = ownWords(12);
  words.set([
    ...[blob.byteLength, packed.byteLength, stride, width, from, n, m, groups, zx],
    ...[isNarrow, isDepthwise, hasTail].map(Number),
  ]);
  const status = pack(words, words.length, blob, packed);
  if (status !== 0) throw new Error(`aivm_network_pack: status ${status} for ${m} rows of ${n} weights`);
  return packed;
}
