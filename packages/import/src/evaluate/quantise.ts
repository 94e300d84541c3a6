import { numberOf, type OnnxNode } from '../onnx/onnx-model.ts';
import { countOf, floats, type Tensor } from '../tensor/tensor.ts';
import { axisOf, type Evaluate, inputOf } from './evaluate-node.ts';
import { roundHalfEven } from './pointwise.ts';

/** Scale and zero point of element `i`; they are one number, or one for each place of an axis. */
function gridOf(
  node: OnnxNode,
  x: Tensor,
  scale: Tensor,
  zero: Tensor | undefined,
): (i: number) => readonly [scale: number, zero: number] {
  const isSingle = scale.data.length === 1;
  const axis = isSingle ? 0 : axisOf(node, numberOf(node, 'axis', 1), x.dims.length);
  const inner = isSingle ? 1 : countOf(x.dims.slice(axis + 1));
  const length = scale.data.length;
  return (i) => {
    const at = isSingle ? 0 : Math.floor(i / inner) % length;
    return [scale.data[at] as number, zero?.data[at] ?? 0];
  };
}

const dequantize: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const grid = gridOf(node, x, inputOf(node, inputs, 1), inputs[2]);
  const data = Float32Array.from(x.data, (value, i) => {
    const [scale, zero] = grid(i);
    return (value - zero) * scale;
  });
  return [floats(x.dims, data)];
};

const quantize: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const grid = gridOf(node, x, inputOf(node, inputs, 1), inputs[2]);
  const [low, high] = inputs[2]?.isInt8 === true ? [-128, 127] : [0, 255];
  const data = Float64Array.from(x.data, (value, i) => {
    const [scale, zero] = grid(i);
    return Math.min(Math.max(roundHalfEven(value / scale) + zero, low), high);
  });
  return [{ dims: x.dims, data, isInteger: true }];
};

export const QUANTISE: Readonly<Record<string, Evaluate>> = {
  DequantizeLinear: dequantize,
  QuantizeLinear: quantize,
};
