import { access, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CliContext, createCommand, outputFor, UsageError } from '../cli-context.ts';
import { integerOption, listOption } from '../option-parsers.ts';

interface ImportCommandOptions {
  readonly json?: boolean;
  readonly out: string;
  readonly calibration: string;
  readonly heldOut?: string;
  readonly name?: string;
  readonly activations: 'i8' | 'i16';
  readonly inputType?: 'i8' | 'i16';
  readonly percentile: number;
  readonly headroom: number;
  readonly maxTokens?: number;
  readonly outputs?: readonly string[];
  readonly pool?: 'none' | 'mean';
  readonly tokenizer?: string;
  readonly force?: boolean;
}

const TOKENS_MAX = 4_096;

/** A decimal number within bounds. */
const decimalOption =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new InvalidArgumentError(`expected a number ${low}…${high}`);
    return value;
  };

const nameOf = (path: string): string => basename(path).replace(/\.onnx$/, '');

async function runImport(path: string, options: ImportCommandOptions, context: CliContext): Promise<void> {
  const name = options.name ?? nameOf(path);
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
    throw new UsageError(`--name: expected 1–64 of A–Z a–z 0–9 . _ -, got ${name}`);
  const fileOf = (ending: string): string => join(options.out, `${name}${ending}`);
  const exists = await access(fileOf('.header')).then(
    () => true,
    () => false,
  );
  if (exists && options.force !== true)
    throw new AivmError('id_taken', `${fileOf('.header')} exists; --force writes over it`);
  const { formatReport, importModel } = await import('@aivm/import');
  const { headerBytes, blob, report } = await importModel(path, { ...options, name });
  await mkdir(options.out, { recursive: true });
  const text = formatReport(report);
  await Promise.all([
    writeFile(fileOf('.header'), headerBytes),
    writeFile(fileOf('.blob'), blob),
    writeFile(fileOf('.report.json'), `${JSON.stringify(report, undefined, 2)}\n`),
    writeFile(fileOf('.report.txt'), text),
  ]);
  const output = outputFor(context, options);
  output.line(text.split('\n\n')[0]?.split('\n') ?? []);
  output.line(`written     ${fileOf('.header')}, .blob, .report.json and .report.txt`);
  output.json({
    ...report,
    layers: report.layers.length,
    samples: report.samples.length,
    directory: options.out,
  });
}

/** `aivm model import` */
export const createImport = (context: CliContext): Command =>
  createCommand(
    'import',
    'Makes an integer network of an ONNX model or a checkpoint, with a report of how well they agree. Needs no node.',
    'aivm model import classifier.onnx --calibration samples.npy --out classifier\n' +
      'aivm model import encoder.onnx --calibration texts.json --pool mean --out encoder\n' +
      'aivm model import checkpoint/ --calibration texts.json --max-tokens 256 --out decoder',
  )
    .argument(
      '<path>',
      'a file .onnx, or a folder with config.json and .safetensors of the Llama or BERT family',
    )
    .requiredOption('--out <dir>', 'where NAME.header, NAME.blob and the report go')
    .requiredOption(
      '--calibration <file>',
      'samples of the input that set the scales: .json, .npy or .safetensors',
    )
    .option('--held-out <file>', 'samples that measure agreement; left out: the last fifth of the others')
    .option('--name <name>', 'of the files; that of the model when left out')
    .addOption(
      new Option('--activations <type>', 'what holds values between layers')
        .choices(['i8', 'i16'])
        .default('i16'),
    )
    .addOption(
      new Option('--input-type <type>', 'what holds the input; i16 where it fits a task').choices([
        'i8',
        'i16',
      ]),
    )
    .option(
      '--percentile <p>',
      'values beyond this share of a sample set no scale',
      decimalOption(90, 100),
      100,
    )
    .option('--headroom <factor>', 'room above the largest value seen, of i16', decimalOption(1, 16), 1.5)
    .option('--max-tokens <n>', 'the longest text', integerOption(1, TOKENS_MAX))
    .option('--outputs <names>', 'ONNX: the outputs that are the answer, comma-separated', listOption)
    .addOption(
      new Option(
        '--pool <how>',
        'mean averages the rows of an encoder; left out: as the checkpoint says, else none',
      ).choices(['none', 'mean']),
    )
    .option(
      '--tokenizer <dir>',
      'tokenizer.json or vocab.txt that an encoder carries; left out: that of the checkpoint',
    )
    .option('--force', 'write over files of the same name')
    .action((path: string, options: ImportCommandOptions) => runImport(path, options, context));
