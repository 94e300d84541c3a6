import { numberOf } from '../onnx/onnx-model.ts';
import { countOf, floats, sumOf, type Tensor } from '../tensor/tensor.ts';
import { axisOf, type Evaluate, inputOf, refuseNode } from './evaluate-node.ts';

const batchNorm: Evaluate = (node, inputs) => {
  const [x, gain, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => inputOf(node, inputs, i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const area = countOf(x.dims.slice(2));
  const channels = x.dims[1] as number;
  const data = Float32Array.from(x.data, (value, i) => {
    const c = Math.floor(i / area) % channels;
    const deviation = Math.sqrt((variance.data[c] as number) + epsilon);
    return (
      ((value - (mean.data[c] as number)) / deviation) * (gain.data[c] as number) + (bias.data[c] as number)
    );
  });
  return [floats(x.dims, data)];
};

/** Norms of rows: `hasMean` for a layer norm. */
const rowNorm =
  (hasMean: boolean): Evaluate =>
  (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    const axis = axisOf(node, numberOf(node, 'axis', -1), x.dims.length);
    if (axis !== x.dims.length - 1)
      return refuseNode(
        node,
        `over the last ${x.dims.length - axis} axes has no integer form; over the last one it has`,
      );
    const width = x.dims[axis] as number;
    const epsilon = numberOf(node, 'epsilon', 1e-5);
    const [gain, bias] = [inputs[1]?.data, inputs[2]?.data];
    const data = new Float32Array(x.data.length);
    for (let start = 0; start < data.length; start += width) {
      const row = x.data.subarray(start, start + width);
      const mean = hasMean ? sumOf(row) / width : 0;
      const square = sumOf(row, (value) => (value - mean) ** 2) / width;
      const inverse = 1 / Math.sqrt(square + epsilon);
      for (let i = 0; i < width; i++)
        data[start + i] = ((row[i] as number) - mean) * inverse * (gain?.[i] ?? 1) + (bias?.[i] ?? 0);
    }
    return [floats(x.dims, data)];
  };

const lpNorm: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const axis = axisOf(node, numberOf(node, 'axis', -1), x.dims.length);
  if (numberOf(node, 'p', 2) !== 2 || axis !== x.dims.length - 1)
    return refuseNode(node, 'of another kind than length 2 over the last axis has no integer form');
  const width = x.dims[axis] as number;
  const data = new Float32Array(x.data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const length = Math.sqrt(sumOf(row, (value) => value * value));
    for (let i = 0; i < width; i++) data[start + i] = length === 0 ? 0 : (row[i] as number) / length;
  }
  return [floats(x.dims, data)];
};

export const NORMS: Readonly<Record<string, Evaluate>> = {
  BatchNormalization: batchNorm,
  LayerNormalization: rowNorm(true),
  LpNormalization: lpNorm,
  RMSNormalization: rowNorm(false),
  SimplifiedLayerNormalization: rowNorm(false),
};
