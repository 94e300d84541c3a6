import { numberOf, type OnnxNode, textOf } from '../onnx/onnx-model.ts';
import { broadcastDims, emptyLike, floats, like, showDims, spread, type Tensor } from '../tensor/tensor.ts';
import { type Evaluate, inputOf, refuseNode } from './evaluate-node.ts';

/** erf by Cody's rational approximations, to about 1e-15. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    // The Taylor series of erf, whose terms fall quickly enough here.
    let [sum, term] = [z, z];
    for (let n = 1; n < 80; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
      if (Math.abs(term) < 1e-18) break;
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  // The continued fraction of erfc.
  let fraction = z;
  for (let n = 60; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction));
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));
/** Half goes to the even neighbour, as ONNX rounds. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** A function of one number, with the parameters of its node. */
type FunctionOf = (node: OnnxNode) => (x: number) => number;

const tanhGelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Operators that apply one function to each element. */
export const FUNCTIONS: Readonly<Record<string, FunctionOf>> = {
  Abs: () => Math.abs,
  Ceil: () => Math.ceil,
  Cos: () => Math.cos,
  Elu: (node) => {
    const alpha = numberOf(node, 'alpha', 1);
    return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Celu: (node) => {
    const alpha = numberOf(node, 'alpha', 1);
    return (x) => (x < 0 ? alpha * Math.expm1(x / alpha) : x);
  },
  Erf: () => erf,
  Exp: () => Math.exp,
  Floor: () => Math.floor,
  Gelu: (node) =>
    textOf(node, 'approximate', 'none') === 'tanh' ? tanhGelu : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  HardSigmoid: (node) => {
    const [alpha, beta] = [numberOf(node, 'alpha', 0.2), numberOf(node, 'beta', 0.5)];
    return (x) => Math.min(Math.max(alpha * x + beta, 0), 1);
  },
  HardSwish: () => (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  LeakyRelu: (node) => {
    const alpha = numberOf(node, 'alpha', 0.01);
    return (x) => (x < 0 ? alpha * x : x);
  },
  Log: () => Math.log,
  Mish: () => (x) => x * Math.tanh(softplus(x)),
  Neg: () => (x) => -x,
  Not: () => (x) => (x === 0 ? 1 : 0),
  Reciprocal: () => (x) => 1 / x,
  Relu: () => (x) => Math.max(x, 0),
  Round: () => roundHalfEven,
  Selu: (node) => {
    const alpha = numberOf(node, 'alpha', 1.673263192176819);
    const gamma = numberOf(node, 'gamma', 1.0507010221481323);
    return (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Sigmoid: () => sigmoid,
  Sign: () => Math.sign,
  Sin: () => Math.sin,
  Softplus: () => softplus,
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  Sqrt: () => Math.sqrt,
  Tanh: () => Math.tanh,
  ThresholdedRelu: (node) => {
    const alpha = numberOf(node, 'alpha', 1);
    return (x) => (x > alpha ? x : 0);
  },
};

/** A function of two numbers; comparisons give 0 or 1. */
export type Combine = (a: number, b: number) => number;

const truth =
  (test: (a: number, b: number) => boolean): Combine =>
  (a, b) =>
    test(a, b) ? 1 : 0;

/** Operators that combine two tensors element by element. */
export const COMBINATIONS: Readonly<Record<string, Combine>> = {
  Add: (a, b) => a + b,
  And: truth((a, b) => a !== 0 && b !== 0),
  Div: (a, b) => a / b,
  Equal: truth((a, b) => a === b),
  Greater: truth((a, b) => a > b),
  GreaterOrEqual: truth((a, b) => a >= b),
  Less: truth((a, b) => a < b),
  LessOrEqual: truth((a, b) => a <= b),
  Max: Math.max,
  Min: Math.min,
  Mod: (a, b) => a - b * Math.floor(a / b),
  Mul: (a, b) => a * b,
  Or: truth((a, b) => a !== 0 || b !== 0),
  PRelu: (a, b) => (a < 0 ? a * b : a),
  Pow: (a, b) => a ** b,
  Sub: (a, b) => a - b,
};

const COMPARISONS = new Set(['And', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Or']);

/** `combine` over the common axes of two tensors. */
export function combineTensors(node: OnnxNode, a: Tensor, b: Tensor, combine: Combine): Tensor {
  const dims =
    broadcastDims(a.dims, b.dims) ??
    refuseNode(node, `combines ${showDims(a.dims)} with ${showDims(b.dims)}`);
  const [left, right] = [spread(a, dims), spread(b, dims)];
  const isInteger = COMPARISONS.has(node.operator) || (a.isInteger && b.isInteger);
  const data = isInteger ? new Float64Array(left.data.length) : new Float32Array(left.data.length);
  for (let i = 0; i < data.length; i++) data[i] = combine(left.data[i] as number, right.data[i] as number);
  // Integers divide towards zero.
  if (isInteger && node.operator === 'Div')
    for (let i = 0; i < data.length; i++) data[i] = Math.trunc(data[i] as number);
  return { dims, data, isInteger };
}

const pointwise =
  (of: FunctionOf): Evaluate =>
  (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    const apply = of(node);
    const data = emptyLike(x, x.data.length);
    for (let i = 0; i < data.length; i++) data[i] = apply(x.data[i] as number);
    return [like(x, x.dims, data)];
  };

const combination =
  (combine: Combine): Evaluate =>
  (node, inputs) => {
    const [first, ...others] = inputs.filter((input) => input !== undefined);
    if (first === undefined) return refuseNode(node, 'has no input');
    return [others.reduce((joined, other) => combineTensors(node, joined, other, combine), first)];
  };

/** The bounds of a Clip, from inputs or attributes. */
export function clipBounds(
  node: OnnxNode,
  inputs: readonly (Tensor | undefined)[],
): readonly [low: number, high: number] {
  return [
    inputs[1]?.data[0] ?? numberOf(node, 'min', Number.NEGATIVE_INFINITY),
    inputs[2]?.data[0] ?? numberOf(node, 'max', Number.POSITIVE_INFINITY),
  ];
}

const clip: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const [low, high] = clipBounds(node, inputs);
  return [
    like(
      x,
      x.dims,
      x.data.map((value) => Math.min(Math.max(value, low), high)),
    ),
  ];
};

const where: Evaluate = (node, inputs) => {
  const [condition, a, b] = [0, 1, 2].map((i) => inputOf(node, inputs, i)) as [Tensor, Tensor, Tensor];
  const joined = broadcastDims(a.dims, b.dims);
  const dims = joined && broadcastDims(condition.dims, joined);
  if (dims === undefined) return refuseNode(node, 'combines axes that do not fit');
  const [c, left, right] = [spread(condition, dims), spread(a, dims), spread(b, dims)];
  const data = emptyLike(a, left.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (c.data[i] !== 0 ? left.data[i] : right.data[i]) as number;
  return [like(a, dims, data)];
};

/** Types of integers and truth values in the ONNX schema. */
const INTEGER_TYPES = new Set([2, 3, 4, 5, 6, 7, 9, 12, 13]);
const BOOL_TYPE = 9;

const cast: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const to = numberOf(node, 'to', 1);
  if (!INTEGER_TYPES.has(to)) return [floats(x.dims, Float32Array.from(x.data))];
  const toInteger = to === BOOL_TYPE ? (value: number) => (value === 0 ? 0 : 1) : Math.trunc;
  return [{ dims: x.dims, data: Float64Array.from(x.data, toInteger), isInteger: true }];
};

export const POINTWISE: Readonly<Record<string, Evaluate>> = {
  ...Object.fromEntries(Object.entries(FUNCTIONS).map(([name, of]) => [name, pointwise(of)])),
  ...Object.fromEntries(Object.entries(COMBINATIONS).map(([name, combine]) => [name, combination(combine)])),
  Cast: cast,
  Clip: clip,
  Sum: combination((a, b) => a + b),
  Where: where,
};
