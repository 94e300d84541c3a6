import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createWasmEngine } from '@aivm/backends';
import { AivmError } from '@aivm/core/errors';
import { type NetworkHeader, serializeNetworkHeader, tokenizerToNotes } from '@aivm/core/network';
import { readSamples, type Sample, type Tokenize } from './files/samples.ts';
import { runFloat } from './graph/run-float.ts';
import { quantiseGraph } from './integer/quantise-graph.ts';
import { observeRanges } from './integer/ranges.ts';
import type { ImportReport } from './report/import-report.ts';
import { reportLayers } from './report/layers.ts';
import { measure, softmax } from './report/measure.ts';
import { openCheckpoint } from './sources/checkpoint-source.ts';
import type { FloatModel } from './sources/float-model.ts';
import { openOnnx } from './sources/onnx-source.ts';
import { openTokenizer, tokenizeWith } from './sources/tokenizer-source.ts';

/** How a model is imported. */
export interface ImportOptions {
  /** Of the files that are written, and in the header's notes. */
  readonly name: string;
  /** A file of samples: `.json`, `.npy` or `.safetensors`. */
  readonly calibration: string;
  /** A file of samples on which agreement is measured; left out: the last fifth of the others, which then set no scale. */
  readonly heldOut?: string | undefined;
  /** What holds activations; i16 when left out. */
  readonly activations?: 'i8' | 'i16' | undefined;
  /** What holds a map's input; left out: i16 where that fits a task. */
  readonly inputType?: 'i8' | 'i16' | undefined;
  /** Room above the largest value seen in calibration, for i16; 1.5 when left out. */
  readonly headroom?: number | undefined;
  /** Of each sample's values, those beyond this percentage set no scale; 100 when left out. */
  readonly percentile?: number | undefined;
  /** The longest text; of an encoder 256 when left out, of a decoder its context. */
  readonly maxTokens?: number | undefined;
  /** ONNX: which outputs are the answer, one behind the other; the first one when left out. */
  readonly outputs?: readonly string[] | undefined;
  /** `mean` averages the rows of an encoder's output over the text; left out: as a checkpoint says, else none. */
  readonly pool?: 'none' | 'mean' | undefined;
  /** A folder with tokenizer.json or vocab.txt, which an encoder carries; left out: that of the checkpoint. */
  readonly tokenizer?: string | undefined;
}

/** A network that was made, and the report about it. */
export interface ImportedModel {
  readonly header: NetworkHeader;
  readonly headerBytes: Uint8Array;
  readonly blob: Uint8Array;
  readonly report: ImportReport;
}

const ENCODER_TOKENS = 256;
const INPUT_BYTES_MAX = 262_144;
/** Samples on which the graph is held against the model before anything is computed with it. */
const CHECKED = 2;

async function openModel(path: string, { maxTokens, outputs, pool }: ImportOptions): Promise<FloatModel> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new AivmError('not_found', `${path}: no such file or folder`);
  if (found.isDirectory()) return openCheckpoint(path, { maxTokens, pool });
  if (!path.endsWith('.onnx'))
    throw new AivmError(
      'malformed',
      `${path}: expected a file .onnx, or a folder with config.json and .safetensors`,
    );
  return openOnnx(path, { outputs, maxTokens: maxTokens ?? ENCODER_TOKENS, meanPool: pool === 'mean' });
}

async function readParts(
  { calibration, heldOut }: ImportOptions,
  tokenize: Tokenize | undefined,
): Promise<{
  readonly calibrating: readonly Sample[];
  readonly held: readonly Sample[];
  readonly remarks: readonly string[];
}> {
  const all = await readSamples(calibration, tokenize);
  if (heldOut !== undefined)
    return { calibrating: all, held: await readSamples(heldOut, tokenize), remarks: [] };
  const count = Math.floor(all.length / 5);
  if (count === 0)
    return {
      calibrating: all,
      held: all,
      remarks: ['agreement was measured on the samples that set the scales: there are fewer than 5'],
    };
  return { calibrating: all.slice(0, -count), held: all.slice(-count), remarks: [] };
}

/** Tokens are below the vocabulary, texts within the longest one. */
function requireSamples({ graph }: FloatModel, samples: readonly Sample[], file: string): void {
  const { form, vocabulary, maxT } = graph;
  if (form === 'map') return;
  for (const [i, { values }] of samples.entries()) {
    const wrong = values.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
    if (wrong !== undefined)
      throw new AivmError(
        'malformed',
        `${file}: sample ${i} has the token ${wrong}; tokens are 0…${vocabulary - 1}`,
      );
    if (values.length < 1 || values.length > maxT)
      throw new AivmError(
        'malformed',
        `${file}: sample ${i} has ${values.length} tokens; a text has 1…${maxT}`,
      );
  }
}

const inputOf = ({ graph }: FloatModel, { values }: Sample) =>
  graph.form === 'map'
    ? { input: { numbers: values }, rows: 1 }
    : { input: { tokens: values }, rows: values.length };

/** The graph must be the model: an import that reads it wrongly is refused before anything is written. */
function requireSameAnswers(model: FloatModel, samples: readonly Sample[]): void {
  const isRounded = model.graph.nodes.some(
    ({ grid, operation }) => grid !== undefined || operation.kind === 'round',
  );
  for (const sample of samples.slice(0, CHECKED)) {
    const { input, rows } = inputOf(model, sample);
    const run = runFloat(model.graph, input, { T: rows, N: rows }).get(model.graph.output)?.data ?? [];
    const own = model.leavesSoftmaxOut ? softmax(Float64Array.from(run)) : run;
    const wanted = model.answer(sample);
    const most = wanted.reduce((so, value) => Math.max(so, Math.abs(value)), 1e-6);
    const worst = wanted.reduce((so, value, i) => Math.max(so, Math.abs(value - (own[i] ?? Number.NaN))), 0);
    // A quantised model rounds between its nodes, and a rounding may go the other way.
    if (!(worst <= most * (isRounded ? 0.2 : 1e-3)))
      throw new AivmError(
        'import_refused',
        `the graph as it was read differs from the model by ${worst.toPrecision(3)} in an answer of ${most.toPrecision(3)}`,
      );
  }
}

/**
 * Imports a float or quantised model as an integer network: an `.onnx` file, or a folder with config.json and
 * safetensors of the Llama or BERT family. Nothing is written.
 *
 * @throws AivmError `import_refused` that names node, operator and reason; `not_found` or `malformed` for files
 */
export async function importModel(path: string, options: ImportOptions): Promise<ImportedModel> {
  const model = await openModel(path, options);
  const { tokenizer, remarks: unread } = await openTokenizer(path, model, options.tokenizer);
  const { calibrating, held, remarks } = await readParts(options, tokenizeWith(model, tokenizer));
  requireSamples(model, calibrating, options.calibration);
  requireSamples(model, held, options.heldOut ?? options.calibration);
  const { graph } = model;
  if (model.format === 'onnx') requireSameAnswers(model, calibrating);
  const ranges = observeRanges(
    graph,
    calibrating.map((sample) => inputOf(model, sample)),
    options.percentile ?? 100,
  );
  const inputCount = graph.form === 'map' ? (calibrating[0] as Sample).values.length : 0;
  const grids = {
    activations: options.activations ?? 'i16',
    inputType: options.inputType ?? (2 * inputCount <= INPUT_BYTES_MAX ? 'i16' : 'i8'),
    headroom: options.headroom ?? 1.5,
  } as const;
  const source = basename(path);
  const quantised = quantiseGraph(graph, ranges, grids, {
    notes: ({ input, output, tokenizer: carried }) =>
      JSON.stringify({
        ...{ name: options.name, source, ...(input && { input }), output },
        ...(carried && { tokenizer: tokenizerToNotes(carried) }),
      }),
    ...(tokenizer && { tokenizer }),
    maxNew: graph.form === 'decoder' ? graph.maxT : 0,
  });
  const { header, blob } = quantised;
  const network = createWasmEngine().load(header, blob);
  const measured = await measure({ model, quantised, network, samples: held });
  const headerBytes = serializeNetworkHeader(header);
  const layers = await reportLayers({ model, quantised, network, ranges, sample: held[0] });
  const report: ImportReport = {
    ...{ name: options.name, source, format: model.format, form: graph.form },
    calibrationSamples: calibrating.length,
    parameters: [...quantised.rows.values()].reduce((sum, { rows, width }) => sum + rows * width, 0),
    headerBytes: headerBytes.length,
    blobBytes: blob.length,
    ...(quantised.inputGrid === undefined ? {} : { input: quantised.inputGrid }),
    ...(graph.form === 'decoder' ? {} : { output: quantised.outputGrid }),
    reference: held.every(({ expected }) => expected !== undefined)
      ? `the expected answers in ${basename(options.heldOut ?? options.calibration)}`
      : model.reference,
    ...measured,
    remarks: [...graph.remarks, ...unread, ...remarks],
    layers,
  };
  return { header, headerBytes, blob, report };
}
