import type { CodecValue } from '../../bytes/codec/codec.ts';
import { assert } from '../../errors/aivm-error.ts';
import { add } from './add.ts';
import { argKey } from './arg-key.ts';
import { argToken } from './arg-token.ts';
import { attnOut } from './attn-out.ts';
import { concat } from './concat.ts';
import { conv2d } from './conv2d.ts';
import { dense } from './dense.ts';
import { densePart } from './dense-part.ts';
import { denseShift } from './dense-shift.ts';
import { embed } from './embed.ts';
import { exp } from './exp.ts';
import { lut8, lut16 } from './lut.ts';
import { matMul } from './matmul.ts';
import { meanT } from './mean-t.ts';
import { mul } from './mul.ts';
import { normOut } from './norm-out.ts';
import { normScale } from './norm-scale.ts';
import { normSum } from './norm-sum.ts';
import type { Operator } from './operator.ts';
import { pad } from './pad.ts';
import { maxPool, sumPool } from './pool.ts';
import { recip } from './recip.ts';
import { reshape } from './reshape.ts';
import { rope } from './rope.ts';
import { rowMax } from './row-max.ts';
import { rowSum } from './row-sum.ts';
import { scores } from './scores.ts';
import { slice } from './slice.ts';
import { sumRequant } from './sum-requant.ts';
import { tail } from './tail.ts';
import { transpose } from './transpose.ts';
import { upsample } from './upsample.ts';

/** Every kind of layer. A new one is a file, a row here, and vectors. */
export const OPERATORS = {
  dense,
  dense_part: densePart,
  sum_requant: sumRequant,
  dense_shift: denseShift,
  conv2d,
  maxpool: maxPool,
  sumpool: sumPool,
  add,
  mul,
  lut8,
  lut16,
  embed,
  rowmax: rowMax,
  rowsum: rowSum,
  argkey: argKey,
  argtoken: argToken,
  normsum: normSum,
  normscale: normScale,
  normout: normOut,
  rope,
  scores,
  exp,
  recip,
  attnout: attnOut,
  matmul: matMul,
  meanT,
  tail,
  reshape,
  transpose,
  concat,
  slice,
  pad,
  upsample,
} as const;

export type OperatorKind = keyof typeof OPERATORS;
/** The attributes of one kind. */
export type AttributesOf<K extends OperatorKind> = CodecValue<(typeof OPERATORS)[K]['attributes']>;

/** The kinds in the order of the table. */
export const OPERATOR_KINDS = Object.keys(OPERATORS) as readonly OperatorKind[];

/** The operator of a kind, whatever its attributes are. Only attributes of the same kind may be handed to it. */
export const operatorOf = (kind: OperatorKind): Operator<unknown> => OPERATORS[kind];

const BY_NUMBER = new Map(OPERATOR_KINDS.map((kind) => [operatorOf(kind).number, kind]));
assert(BY_NUMBER.size === OPERATOR_KINDS.length, 'operators: each has a number of its own');

/** The kind with this number on the wire, if there is one. */
export const kindOfNumber = (number: number): OperatorKind | undefined => BY_NUMBER.get(number);
