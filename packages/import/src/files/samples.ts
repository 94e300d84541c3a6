import { readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';
import { countOf, type Tensor } from '../tensor/tensor.ts';
import { parseNpy } from './npy.ts';
import { openSafetensors } from './safetensors.ts';

/** One input of a model: the numbers of a map's input in the model's own order, or the tokens of a text. */
export interface Sample {
  readonly values: Float64Array;
  /** What the float model answers, where the file says it. */
  readonly expected?: Float64Array;
}

/** The rows of the first axis. */
const rowsOf = ({ dims, data }: Tensor): readonly Float64Array[] => {
  const size = countOf(dims.slice(1));
  return Array.from({ length: dims[0] ?? 0 }, (_, i) =>
    Float64Array.from(data.subarray(i * size, (i + 1) * size)),
  );
};

function joined(
  inputs: readonly Float64Array[],
  expected: readonly Float64Array[] | undefined,
  name: string,
): readonly Sample[] {
  if (inputs.length === 0) throw new AivmError('malformed', `${name}: it has no samples`);
  if (expected !== undefined && expected.length !== inputs.length)
    throw new AivmError(
      'malformed',
      `${name}: ${inputs.length} inputs and ${expected.length} expected answers`,
    );
  for (const [i, values] of inputs.entries())
    if (values.some((value) => !Number.isFinite(value)))
      throw new AivmError('malformed', `${name}: sample ${i} holds what is no finite number`);
  return inputs.map((values, i) => {
    const answer = expected?.[i];
    return answer === undefined ? { values } : { values, expected: answer };
  });
}

/** Numbers of nested lists, in order. */
function flatten(value: unknown, name: string): number[] {
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value)) throw new AivmError('malformed', `${name}: expected lists of numbers`);
  return value.flatMap((member) => flatten(member, name));
}

/** The tokens of a text. */
export type Tokenize = (text: string) => readonly number[];

function parseJson(text: string, name: string, tokenize: Tokenize | undefined): readonly Sample[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AivmError('malformed', `${name}: no JSON`);
  }
  const { inputs, expected } = (Array.isArray(value) ? { inputs: value } : Object(value)) as {
    readonly inputs?: unknown;
    readonly expected?: unknown;
  };
  const listOf = (list: unknown): readonly unknown[] => {
    if (Array.isArray(list)) return list;
    throw new AivmError('malformed', `${name}: expected a list of samples, or {inputs, expected}`);
  };
  const numbers = (sample: unknown): Float64Array => Float64Array.from(flatten(sample, name));
  const inputOf = (sample: unknown, index: number): Float64Array => {
    if (typeof sample !== 'string') return numbers(sample);
    if (tokenize !== undefined) return Float64Array.from(tokenize(sample));
    throw new AivmError('malformed', `${name}: sample ${index} is a text; the model has no tokenizer`);
  };
  return joined(
    listOf(inputs).map(inputOf),
    expected === undefined ? undefined : listOf(expected).map(numbers),
    name,
  );
}

function parseTensors(bytes: Uint8Array, name: string): readonly Sample[] {
  const source = openSafetensors(bytes, name);
  const [inputs] = source.names.filter((tensor) => tensor !== 'expected');
  if (inputs === undefined || source.names.length > 2)
    throw new AivmError(
      'malformed',
      `${name}: expected a tensor of inputs and, if at all, one named "expected"`,
    );
  const expected = source.names.includes('expected') ? rowsOf(source.read('expected')) : undefined;
  return joined(rowsOf(source.read(inputs)), expected, name);
}

/**
 * Samples of a model's input from a file: `.json` (a list of samples, or `{"inputs": …, "expected": …}`; a sample may be a
 * text where `tokenize` makes tokens of it), `.npy` (the first axis counts samples) or `.safetensors` (a tensor of inputs, perhaps one named `expected`).
 *
 * @throws AivmError `not_found`, `malformed`
 */
export async function readSamples(path: string, tokenize?: Tokenize): Promise<readonly Sample[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new AivmError('not_found', `${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`);
  });
  const content = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (path.endsWith('.json')) return parseJson(new TextDecoder().decode(content), path, tokenize);
  if (path.endsWith('.npy')) return joined(rowsOf(parseNpy(content, path)), undefined, path);
  if (path.endsWith('.safetensors')) return parseTensors(content, path);
  throw new AivmError('malformed', `${path}: samples are files of .json, .npy or .safetensors`);
}
