import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importModel } from '../src/index.ts';
import { type ModelText, writeOnnx } from './onnx-writer.ts';
import { modelPath } from './test-models.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-import-'));
});
afterAll(() => rm(directory, { recursive: true }));

const image = [1, 2, 4, 4];

async function importText(model: ModelText) {
  const [path, samples] = [join(directory, 'm.onnx'), join(directory, 'm.json')];
  const count = model.input.reduce((a, b) => a * b, 1);
  await writeFile(path, writeOnnx(model));
  await writeFile(
    samples,
    JSON.stringify([0, 1, 2].map((s) => Array.from({ length: count }, (_, i) => Math.sin(i + s)))),
  );
  return importModel(path, { name: 'm', calibration: samples });
}

const one = (operator: string, rest: Partial<ModelText['nodes'][number]> = {}): ModelText['nodes'] => [
  { name: 'n', operator, inputs: ['x'], outputs: ['y'], ...rest },
];

describe('what has no integer form is refused by node, operator and reason', () => {
  it.each<[string, ModelText]>([
    ['node "n": operator Det has no integer form', { input: image, nodes: one('Det') }],
    [
      'node "Einsum_0": operator Einsum has no integer form',
      { input: image, nodes: one('Einsum', { name: '' }) },
    ],
    [
      'node "n": operator Resize of mode linear has no integer form',
      { input: image, nodes: one('Resize', { texts: { mode: 'linear' } }) },
    ],
    [
      'node "n": operator Pad of mode reflect has no integer form',
      { input: image, nodes: one('Pad', { texts: { mode: 'reflect' } }) },
    ],
    [
      'node "n": operator AveragePool whose windows at an edge count fewer places has no integer form; count_include_pad has one',
      { input: image, nodes: one('AveragePool', { ints: { kernel_shape: [2, 2], pads: [1, 1, 1, 1] } }) },
    ],
    [
      'node "n": operator ReduceMean over axes 1 has no integer form; means over images and over texts have one',
      { input: image, nodes: one('ReduceMean', { ints: { axes: [1] } }) },
    ],
    [
      'node "n": operator Conv takes 1 channels of 2',
      {
        input: image,
        constants: { w: { dims: [1, 1, 1, 1], values: [1] } },
        nodes: one('Conv', { inputs: ['x', 'w'] }),
      },
    ],
    [
      'node "d": operator DynamicQuantizeLinear quantises anew for each input',
      { input: image, nodes: one('DynamicQuantizeLinear', { name: 'd' }) },
    ],
  ])('%s', async (message, model) => {
    await expect(importText(model)).rejects.toThrow(`import_refused: ${message}`);
  });

  it('names the node whose operator breaks a rule of networks', async () => {
    // 11 × 11 places of 1,024 channels: more than one unit may multiply.
    const [channels, size] = [144, 11];
    const model: ModelText = {
      input: [1, channels, size, size],
      constants: { w: { dims: [1, channels, size, size], values: Array(channels * size * size).fill(0.01) } },
      nodes: one('Conv', { name: 'wide', inputs: ['x', 'w'] }),
    };
    await expect(importText(model)).rejects.toThrow(
      'import_refused: node "wide": operator conv2d a unit takes 17424 multiply–adds; at most 16384',
    );
  });
});

describe('files', () => {
  it.each([
    ['malformed: m.onnx: no ONNX model', Uint8Array.of(1, 2, 3)],
    ['malformed: m.onnx: no ONNX model: it has no graph', new Uint8Array(0)],
    ['malformed: m.onnx: no ONNX model', writeOnnx({ input: [1], nodes: one('Relu') }).subarray(0, 20)],
  ])('that are no model: %s', async (message, bytes) => {
    const path = join(directory, 'm.onnx');
    await writeFile(path, bytes);
    const calibration = modelPath('mlp.json');
    await expect(importModel(path, { name: 'm', calibration })).rejects.toThrow(message);
  });

  it.each([
    ['no samples', '[]', 'it has no samples'],
    ['other lengths', '[[1,2]]', 'a sample has 2 numbers; input "pixels" takes 64'],
    ['no lists', '{"inputs": 3}', 'expected a list of samples'],
    ['no JSON', 'x', 'no JSON'],
    ['answers for others', '{"inputs": [[1]], "expected": []}', '1 inputs and 0 expected answers'],
    ['texts', '[["a"]]', 'expected lists of numbers'],
  ])('of samples with %s', async (_, text, message) => {
    const calibration = join(directory, 's.json');
    await writeFile(calibration, text);
    await expect(importModel(modelPath('mlp.onnx'), { name: 'm', calibration })).rejects.toThrow(message);
  });

  it.each([
    [{ model_type: 'gpt2' }, 'config.json: model_type is "gpt2"; known are llama, mistral, qwen2, bert'],
    [{ model_type: 'llama' }, 'config.json: hidden_size is undefined; it must be a positive integer'],
  ])('of configurations: %j', async (config, message) => {
    await writeFile(join(directory, 'config.json'), JSON.stringify(config));
    // No tensors: a header of two bytes.
    await writeFile(join(directory, 'model.safetensors'), Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 123, 125));
    const calibration = modelPath('llama.json');
    await expect(importModel(directory, { name: 'm', calibration })).rejects.toThrow(message);
  });

  it('of tokens outside of the vocabulary, and texts that are too long', async () => {
    const calibration = join(directory, 't.json');
    const texts = (inputs: readonly number[]) => writeFile(calibration, JSON.stringify([inputs]));
    await texts([1, 256]);
    await expect(importModel(modelPath('llama'), { name: 'm', calibration })).rejects.toThrow(
      'the token 256; tokens are 0…255',
    );
    await texts(Array(129).fill(1));
    await expect(importModel(modelPath('llama'), { name: 'm', calibration })).rejects.toThrow(
      '129 tokens; a text has 1…128',
    );
  });
});
