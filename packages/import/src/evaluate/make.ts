import { numberOf, numbersOf } from '../onnx/onnx-model.ts';
import { countOf, emptyLike, floats, integers, like } from '../tensor/tensor.ts';
import { type Evaluate, inputOf, integersOf, refuseNode } from './evaluate-node.ts';

const constantOf: Evaluate = (node) => {
  const value =
    node.attributes.get('value') ?? node.attributes.get('value_float') ?? node.attributes.get('value_int');
  if (typeof value === 'number')
    return [node.attributes.has('value_int') ? integers([], [value]) : floats([], Float32Array.of(value))];
  if (typeof value === 'object' && 'dims' in value) return [value];
  const ints = numbersOf(node, 'value_ints');
  if (ints !== undefined) return [integers([ints.length], ints)];
  const list = numbersOf(node, 'value_floats') ?? refuseNode(node, 'has no value of numbers');
  return [floats([list.length], Float32Array.from(list))];
};

const range: Evaluate = (node, inputs) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => inputOf(node, inputs, i).data[0] as number) as [
    number,
    number,
    number,
  ];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  const values = Array.from({ length: count }, (_, i) => start + i * delta);
  const { isInteger } = inputOf(node, inputs, 0);
  return [isInteger ? integers([count], values) : floats([count], Float32Array.from(values))];
};

const triangle: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const offset = inputs[1]?.data[0] ?? 0;
  const isUpper = numberOf(node, 'upper', 1) === 1;
  const width = x.dims[x.dims.length - 1] as number;
  const height = x.dims[x.dims.length - 2] as number;
  const data = x.data.slice();
  for (let i = 0; i < data.length; i++) {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    if (isUpper ? column - row < offset : column - row > offset) data[i] = 0;
  }
  return [like(x, x.dims, data)];
};

/** Operators that make values of numbers or of axes. */
export const MAKE: Readonly<Record<string, Evaluate>> = {
  Constant: constantOf,
  ConstantOfShape: (node, inputs) => {
    const dims = integersOf(inputOf(node, inputs, 0)) as readonly number[];
    const value = node.attributes.get('value');
    const tensor = typeof value === 'object' && 'dims' in value ? value : floats([1]);
    return [like(tensor, dims, emptyLike(tensor, countOf(dims)).fill(tensor.data[0] as number))];
  },
  Range: range,
  Shape: (node, inputs) => {
    const { dims } = inputOf(node, inputs, 0);
    const cut = dims.slice(numberOf(node, 'start', 0), numberOf(node, 'end', dims.length));
    return [integers([cut.length], cut)];
  },
  Trilu: triangle,
};
