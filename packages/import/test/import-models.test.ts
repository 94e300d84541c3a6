import { createReferenceEngine } from '@aivm/backends';
import { createNetwork, parseNetworkHeader } from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { readSamples } from '../src/files/samples.ts';
import { taskInput } from '../src/report/measure.ts';
import { importTestModel, modelPath } from './test-models.ts';

/** Answers are PyTorch's own, in the files of samples. */
describe('imported models agree with PyTorch', { timeout: 120_000 }, () => {
  it('a perceptron with a batch norm, GELU and a softmax', async () => {
    const { report, header } = await importTestModel('mlp.onnx', 'mlp.json');
    expect(report.agreement.same).toBe(report.agreement.places);
    expect(report.agreement.leastCosine).toBeGreaterThan(0.999);
    expect(report.remarks.join()).toContain('Softmax of the answer is left out');
    // The batch norm is in the rows of the layer before it, the ReLU in its bounds.
    expect(header.operators.map(({ kind }) => kind)).toEqual(['dense', 'dense', 'lut16', 'dense']);
  });

  it('a CNN with depthwise convolutions and squeeze–excite', async () => {
    const { report, header } = await importTestModel('cnn.onnx', 'cnn.json');
    expect(report.agreement.same).toBeGreaterThanOrEqual(report.agreement.places - 1);
    expect(report.agreement.leastCosine).toBeGreaterThan(0.998);
    const groups = header.operators.flatMap((operator) =>
      operator.kind === 'conv2d' && operator.attributes.groups > 1 ? [operator.attributes.groups] : [],
    );
    expect(groups).toEqual([24, 32]);
    expect(header.operators.filter(({ kind }) => kind === 'mul')).toHaveLength(2);
  });

  it.each([
    ['QDQ', 'cnn-qdq.onnx'],
    ['QLinear', 'cnn-qlinear.onnx'],
  ])('the same CNN as onnxruntime quantised it (%s), on the grids that it names', async (_, file) => {
    const { report, header } = await importTestModel(file, 'cnn.json');
    expect(report.agreement.same).toBeGreaterThanOrEqual(report.agreement.places - 3);
    expect(report.agreement.leastCosine).toBeGreaterThan(0.98);
    expect(header.input?.type).toBe('i8');
    const layers = report.layers.filter(({ kind }) => kind === 'conv' || kind === 'dense');
    // Weights keep their grid: a row of a few weights that share a factor has a coarser one.
    const [own, all] = ['ownGridRows', 'rows'].map((key) =>
      layers.reduce((sum, layer) => sum + (layer[key as 'rows'] ?? 0), 0),
    ) as [number, number];
    expect(own / all).toBeGreaterThan(0.8);
    for (const { error } of report.layers.filter(({ kind }) => kind === 'conv'))
      expect(error).toBeLessThan(0.2);
  });

  it('an encoder in the shape of BERT, at every length of text', async () => {
    const { report, header } = await importTestModel('encoder.onnx', 'encoder.json', { maxTokens: 64 });
    expect(report.agreement.leastCosine).toBeGreaterThan(0.999);
    expect(header).toMatchObject({ form: 'encoder', maxT: 64, vocabulary: 256 });
    const kinds = new Set(header.operators.map(({ kind }) => kind));
    for (const kind of ['embed', 'normout', 'scores', 'attnout', 'lut16', 'meanT'] as const)
      expect(kinds).toContain(kind);
  });

  it('the same encoder as a checkpoint folder, pooled and normalized as its modules say', async () => {
    const { report, header } = await importTestModel('bert', 'encoder.json');
    expect(report.agreement.leastCosine).toBeGreaterThan(0.999);
    expect(header).toMatchObject({ form: 'encoder', maxT: 64, vocabulary: 256 });
    expect(header.operators[header.operators.length - 1]).toMatchObject({
      kind: 'normout',
      output: { dims: [48] },
    });
  });

  it('a decoder in the shape of Llama, at 99 % of positions', async () => {
    const { report, header } = await importTestModel('llama', 'llama.json');
    expect(report.agreement.places).toBe(4 * 96);
    expect(report.agreement.same / report.agreement.places).toBeGreaterThanOrEqual(0.99);
    expect(header).toMatchObject({ form: 'decoder', maxT: 128, vocabulary: 256, endTokens: [0] });
    // Layers add to a residual of 32 bits in one operator each.
    expect(header.operators.some(({ kind }) => kind === 'add')).toBe(false);
  });
});

describe('an import', { timeout: 120_000 }, () => {
  it('gives the same bytes by the reference engine, and the same files twice', async () => {
    const [first, second] = [
      await importTestModel('mlp.onnx', 'mlp.json'),
      await importTestModel('mlp.onnx', 'mlp.json'),
    ];
    expect(first.headerBytes).toEqual(second.headerBytes);
    expect(first.blob).toEqual(second.blob);
    const header = parseNetworkHeader(first.headerBytes);
    const network = createNetwork(header, { T: 1, N: 0 });
    const [sample] = await readSamples(modelPath('mlp.json'));
    const input = { bytes: taskInput(sample!.values, first.report.input!), tokens: new Uint32Array(0) };
    const { output } = await createReferenceEngine().load(header, first.blob).pass({ network, input });
    const scores = new Int16Array(Uint8Array.from(output).buffer);
    const best = scores.indexOf(Math.max(...scores));
    expect(best).toBe(sample!.expected!.indexOf(Math.max(...sample!.expected!)));
  });

  it('says of each layer how far it is from the float values', async () => {
    const { report } = await importTestModel('mlp.onnx', 'mlp.json');
    const errors = report.layers.flatMap(({ error }) => error ?? []);
    expect(errors.length).toBeGreaterThan(3);
    for (const error of errors) expect(error).toBeLessThan(0.05);
    expect(Math.max(...errors)).toBeGreaterThan(0);
  });
});
