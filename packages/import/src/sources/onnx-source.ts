import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { type GraphRun, requireOperators, runGraph } from '../evaluate/run-graph.ts';
import type { Sample } from '../files/samples.ts';
import { simplify } from '../graph/simplify.ts';
import type { OnnxModel, OnnxValue } from '../onnx/onnx-model.ts';
import { parseOnnx } from '../onnx/parse-onnx.ts';
import { countOf, floats, integers, showDims, type Tensor } from '../tensor/tensor.ts';
import { expandQuantised } from '../translate/expand-quantised.ts';
import { fuseNorms } from '../translate/fuse-norms.ts';
import { translateOnnx } from '../translate/translate-onnx.ts';
import type { FloatModel } from './float-model.ts';

/** What the importer may be told about an ONNX model. */
export interface OnnxOptions {
  /** The outputs that are the answer, one behind the other; the first one when left out. */
  readonly outputs?: readonly string[] | undefined;
  /** The longest text of an encoder. */
  readonly maxTokens: number;
  /** Whether the answer is the mean of the output's rows. */
  readonly meanPool: boolean;
}

/** Lengths of a text that are no length of any weight, so that an axis of this length counts its rows. */
const PROBES = [23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107];

/**
 * Reads an ONNX model.
 *
 * @throws AivmError `not_found`, `malformed`, `import_refused` that names node, operator and reason
 */
export function openOnnx(path: string, options: OnnxOptions): FloatModel {
  if (!existsSync(path)) throw new AivmError('not_found', `${path}: no such file`);
  const external = (location: string): Uint8Array | undefined => {
    const file = join(dirname(path), basename(location));
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
  };
  const parsed = parseOnnx(new Uint8Array(readFileSync(path)), basename(path), external);
  const names = options.outputs ?? parsed.outputs.slice(0, 1).map(({ name }) => name);
  const outputs = names.map((wanted) => {
    const found = parsed.outputs.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    const known = parsed.outputs.map(({ name }) => name).join(', ');
    throw new AivmError('not_found', `${basename(path)}: no output "${wanted}"; it has ${known}`);
  });
  const model = fuseNorms(expandQuantised({ ...parsed, outputs }));
  requireOperators(model);
  return new OnnxSource(model, options);
}

/** Which input tasks give, and what the others are. */
function chooseInput({ inputs, nodes }: OnnxModel): { readonly value: OnnxValue; readonly isText: boolean } {
  const used = inputs.filter(({ name }) => nodes.some((node) => node.inputs.includes(name)));
  const real = used.filter(({ isInteger }) => !isInteger);
  const whole = used.filter(({ isInteger }) => isInteger);
  const text =
    whole.find(({ name }) => /input_?ids|tokens/i.test(name)) ?? (real.length === 0 ? whole[0] : undefined);
  const value = text ?? (real.length === 1 && whole.length === 0 ? real[0] : undefined);
  if (value === undefined)
    throw new AivmError(
      'import_refused',
      `inputs ${used.map(({ name }) => `"${name}"`).join(', ')}: a network has one input, tokens of a text or numbers`,
    );
  return { value, isText: text !== undefined };
}

class OnnxSource implements FloatModel {
  readonly format = 'onnx' as const;
  readonly reference = "the model's own graph, run in floats by the importer";
  readonly graph: FloatModel['graph'];
  readonly leavesSoftmaxOut: boolean;
  readonly #model: OnnxModel;
  readonly #options: OnnxOptions;
  readonly #input: OnnxValue;
  readonly #isText: boolean;

  constructor(model: OnnxModel, options: OnnxOptions) {
    this.#model = model;
    this.#options = options;
    const { value, isText } = chooseInput(model);
    this.#input = value;
    this.#isText = isText;
    const probe = isText ? this.#probe() : undefined;
    const run = this.#run(undefined, probe);
    let longest: GraphRun | undefined;
    const trace = {
      run,
      textLength: probe,
      longest: (): GraphRun => {
        longest ??= this.#run(undefined, options.maxTokens);
        return longest;
      },
    };
    this.graph = translateOnnx(model, trace, {
      input: { name: value.name, isText },
      maxT: options.maxTokens,
      vocabulary: isText ? this.#vocabulary() : 0,
      meanPool: options.meanPool,
    });
    simplify(this.graph);
    this.leavesSoftmaxOut = this.graph.remarks.some((remark) => remark.includes('Softmax of the answer'));
  }

  #probe(): number {
    const lengths = new Set([...this.#model.initializers.values()].flatMap(({ dims }) => dims));
    const found = PROBES.find((length) => length < this.#options.maxTokens && !lengths.has(length));
    if (found === undefined)
      throw new AivmError(
        'out_of_range',
        `maxTokens is ${this.#options.maxTokens}; it must be above ${PROBES[0]}`,
      );
    return found;
  }

  /** Rows of the table that tokens are read from. */
  #vocabulary(): number {
    const table = this.#model.nodes.find(
      (node) => node.operator === 'Gather' && node.inputs[1] === this.#input.name,
    )?.inputs[0];
    const rows = table === undefined ? undefined : this.#model.initializers.get(table)?.dims[0];
    if (rows === undefined)
      throw new AivmError('import_refused', `input "${this.#input.name}": no table is read for its tokens`);
    return rows;
  }

  /** A run over one sample, or over zeros of the right shape. */
  #run(sample: ArrayLike<number> | undefined, textLength: number | undefined): GraphRun {
    const length = textLength ?? sample?.length ?? 1;
    const inputs = new Map<string, Tensor>();
    for (const { name, dims } of this.#model.inputs) {
      if (name === this.#input.name) inputs.set(name, this.#inputTensor(sample, length));
      else inputs.set(name, secondInput(name, dims.length, length));
    }
    return runGraph(this.#model, inputs, new Set([this.#input.name]));
  }

  #inputTensor(sample: ArrayLike<number> | undefined, length: number): Tensor {
    const { name, dims, isInteger } = this.#input;
    if (this.#isText)
      return integers(dims.length === 1 ? [length] : [1, length], sample ?? new Float64Array(length));
    const lengths = dims.map((dim, axis) => (typeof dim === 'number' && dim > 0 ? dim : axis === 0 ? 1 : 0));
    if (lengths.length === 0 || lengths.includes(0))
      throw new AivmError(
        'import_refused',
        `input "${name}": its axes are ${showDims(dims)}; all but the first must be numbers`,
      );
    if (lengths.length > 1 && lengths[0] !== 1 && typeof dims[0] === 'number')
      throw new AivmError(
        'import_refused',
        `input "${name}": it takes ${lengths[0]} samples at once; a network takes one`,
      );
    const count = countOf(lengths);
    if (sample !== undefined && sample.length !== count)
      throw new AivmError(
        'malformed',
        `a sample has ${sample.length} numbers; input "${name}" takes ${count}`,
      );
    const values = sample === undefined ? new Float32Array(count) : Float32Array.from(sample);
    return isInteger ? integers(lengths, values) : floats(lengths, values);
  }

  answer(sample: Sample): Float64Array {
    const { values } = this.#run(sample.values, this.#isText ? sample.values.length : undefined);
    const tensors = this.#model.outputs.map(({ name }) => values.get(name) as Tensor);
    const [{ data, dims }] = tensors as [Tensor];
    if (!this.#options.meanPool) return Float64Array.from(tensors.flatMap((tensor) => [...tensor.data]));
    const width = dims[dims.length - 1] as number;
    const rows = data.length / width;
    const mean = new Float64Array(width);
    for (let i = 0; i < data.length; i++)
      mean[i % width] = (mean[i % width] as number) + (data[i] as number) / rows;
    return mean;
  }
}

/** Inputs beside the tokens: a whole text is one segment, in order, without padding. */
function secondInput(name: string, rank: number, length: number): Tensor {
  const dims = rank === 1 ? [length] : [1, length];
  if (/mask/i.test(name)) return integers(dims, new Float64Array(length).fill(1));
  if (/type|segment/i.test(name)) return integers(dims, new Float64Array(length));
  if (/position/i.test(name))
    return integers(
      dims,
      Array.from({ length }, (_, i) => i),
    );
  throw new AivmError(
    'import_refused',
    `input "${name}": beside tokens, a model may have a mask, types and positions`,
  );
}
