import { hashBlob, type NetworkHeader, tokenizerOfHeader } from '@aivm/core/network';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { summarizeNetwork } from '../network-summary.ts';
import { integerOption } from '../option-parsers.ts';
import { toHex } from '../show.ts';
import { createImport } from './model-import.ts';
import { createPublish } from './model-publish.ts';
import { type RunOptions, runNetworkFiles } from './model-run.ts';

const MAX_NEW_MAX = 4_096;

const grouped = (value: number | bigint): string => value.toLocaleString('en');

/** What makes tokens of texts, where the header names it. */
function tokenizerFact(header: NetworkHeader): readonly (readonly [string, string])[] {
  const tokenizer = tokenizerOfHeader(header);
  if (tokenizer === undefined) return [];
  return [['tokenizer', `${tokenizer.kind}, a vocabulary of ${grouped(tokenizer.bytes)} bytes in the blob`]];
}

const createInspect = (context: CliContext): Command =>
  createCommand(
    'inspect',
    'What an integer network asks of those who run and judge it. Needs no node.',
    'aivm model inspect models/story',
  )
    .argument('<path>', 'a directory with one NAME.header, or that file')
    .action(async (path: string, options: { json?: boolean }) => {
      const output = outputFor(context, options);
      const { readNetworkBlob, readNetworkFiles } = await import('@aivm/backends');
      const files = await readNetworkFiles(path);
      const { name, header, headerBytes } = files;
      const summary = summarizeNetwork(header);
      const weightHash = files.blobPath === undefined ? undefined : hashBlob(await readNetworkBlob(files));
      const { form, maxT, maxNew, vocabulary, input } = header;
      const text =
        input === undefined
          ? `${vocabulary} tokens, at most ${maxT} in a text${form === 'decoder' ? `, ${maxNew} of them new` : ''}`
          : `${input.type} ${input.dims.map((length) => `[${length}]`).join('')}`;
      const unrolled =
        summary.operatorsUnrolled === summary.operators ? '' : `, ${summary.operatorsUnrolled} as they run`;
      const facts: readonly (readonly [string, string])[] = [
        ['model', name],
        ['form', form],
        ['input', text],
        ['operators', `${summary.operators}${unrolled}`],
        ['kinds', summary.kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')],
        ['parameters', grouped(summary.parameters)],
        ...tokenizerFact(header),
        ['header', `${grouped(headerBytes.length)} bytes`],
        ['blob', `${grouped(header.blobBytes)} bytes`],
        ['weight hash', weightHash === undefined ? `unknown: no ${name}.blob beside it` : toHex(weightHash)],
        ['work', `${grouped(summary.work)} at most`],
        ['trace', `${grouped(summary.traceBytes)} bytes at most`],
        ['depth', String(summary.depth)],
        ['exchanges', `${summary.exchanges} in a dispute at most`],
        ['witness', `${grouped(summary.witnessBytes)} bytes at most`],
      ];
      output.line(facts.map(([label, value]) => `${label.padEnd(12)}${value}`));
      output.json({
        name,
        ...summary,
        kinds: Object.fromEntries(summary.kinds),
        work: String(summary.work),
        header_bytes: headerBytes.length,
        blob_bytes: header.blobBytes,
        weight_hash: weightHash === undefined ? null : toHex(weightHash),
      });
    });

const createRun = (context: CliContext): Command =>
  createCommand(
    'run',
    'Runs an integer network on this machine. Needs no node.',
    'aivm model run models/story --prompt "The king said to the" --max-new 60\n' +
      'aivm model run models/digits --input image.json',
  )
    .argument('<directory>', 'a directory with NAME.header and NAME.blob')
    .option('--prompt <text>', 'a text: its tokens are UTF-8 bytes, or as the model says')
    .option('--tokens <list>', 'the tokens of a text, as 3,1,4')
    .option('--input <file>', 'of a map: the bytes of its input, or a JSON array of its elements')
    .addOption(
      new Option('--backend <name>', 'what computes: auto is the fastest; all give the same bytes')
        .choices(['auto', 'native', 'wasm', 'reference'])
        .default('auto'),
    )
    .option('--max-new <n>', 'of a decoder: how many tokens at most', integerOption(1, MAX_NEW_MAX))
    .action((directory: string, options: RunOptions) => runNetworkFiles(directory, options, context));

/** The commands about networks that are files. */
export const createModelFileCommands = (context: CliContext): readonly Command[] => [
  createInspect(context),
  createRun(context),
  createImport(context),
  createPublish(context),
];
