import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import {
  type CliContext,
  createCommand,
  durationOption,
  EXIT_REFUSED,
  integerOption,
  outputFor,
  UsageError,
} from 'aivm';
import { type Command, Option } from 'commander';

const ROWS_MAX = 569;

interface DemoCommandOptions {
  readonly json?: boolean;
  readonly dataDir?: string;
  readonly watch: boolean;
  readonly mode: 'optimistic' | 'redundant' | 'tee';
  readonly host: 'embedded' | 'cometbft';
  readonly rows?: number;
  readonly blockTime: number;
  readonly timeout: number;
  readonly model?: 'digits' | 'story';
  /** The part of a liar, as JSON: what the demo starts its processes with. */
  readonly play?: string;
}

/** A directory that is empty, so that the demo starts its own chain in it. */
async function prepareDirectory(path: string | undefined): Promise<string> {
  if (path === undefined) return mkdtemp(join(tmpdir(), 'aivm-demo-'));
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length > 0) {
    throw new AivmError(
      'data_dir_foreign',
      `${path}: the demo starts a chain of its own and needs an empty directory`,
    );
  }
  return path;
}

/** The story of attested environments. `--no-watch` has no part in it: its liar has to be convicted. */
async function teeDemo(options: DemoCommandOptions, context: CliContext): Promise<void> {
  if (!options.watch) throw new UsageError('--no-watch belongs to --mode optimistic');
  const { playTeeDemo } = await import('./tee-demo.ts');
  const dataDirectory = await prepareDirectory(options.dataDir);
  try {
    const isSound = await playTeeDemo(
      {
        dataDirectory,
        keepsDirectory: options.dataDir !== undefined,
        rowsMax: options.rows,
        blockTimeMs: options.blockTime,
        timeoutMs: options.timeout,
      },
      { output: outputFor(context, options), signal: context.signal },
    );
    if (!isSound) context.setExitCode(EXIT_REFUSED);
  } finally {
    if (options.dataDir === undefined) await rm(dataDirectory, { recursive: true, force: true });
  }
}

/** The story of panels. There is no watcher in it: members judge each other. */
async function redundantDemo(options: DemoCommandOptions, context: CliContext): Promise<void> {
  if (!options.watch) throw new UsageError('--no-watch belongs to --mode optimistic');
  const output = outputFor(context, options);
  const { runRedundantDemo } = await import('../redundant/run-redundant-demo.ts');
  const { judgeRedundantOutcome } = await import('../redundant/redundant-outcome.ts');
  const { printRedundantReport, redundantOutcomeToJson } = await import('../redundant/redundant-report.ts');
  const directory = await prepareDirectory(options.dataDir);
  try {
    const { rows: rowsMax, blockTime: blockTimeMs, timeout: timeoutMs } = options;
    const outcome = await runRedundantDemo(
      {
        dataDirectory: directory,
        blockTimeMs,
        timeoutMs,
        ...(rowsMax === undefined ? {} : { rowsMax }),
      },
      { output, signal: context.signal },
    );
    const verdict = judgeRedundantOutcome(outcome);
    const kept = options.dataDir === undefined ? {} : { dataDirectory: directory };
    printRedundantReport(output, { outcome, verdict, ...kept });
    output.json(redundantOutcomeToJson(outcome, verdict));
    if (verdict.failures.length > 0) context.setExitCode(EXIT_REFUSED);
  } finally {
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** The story of an integer network, whose liars are convicted by one element each. */
async function networkDemo(
  model: 'digits' | 'story',
  options: DemoCommandOptions,
  context: CliContext,
): Promise<void> {
  if (!options.watch || options.mode !== 'optimistic' || options.rows !== undefined)
    throw new UsageError('--model has a story of its own: leave out --no-watch, --mode and --rows');
  const output = outputFor(context, options);
  const { judgeNetworkOutcome, runNetworkDemo } = await import('../network/run-network-demo.ts');
  const { printNetworkReport } = await import('../network/network-report.ts');
  const directory = await prepareDirectory(options.dataDir);
  try {
    const { blockTime: blockTimeMs, timeout: timeoutMs } = options;
    const outcome = await runNetworkDemo(
      { model, dataDirectory: directory, blockTimeMs, timeoutMs },
      { output, signal: context.signal },
    );
    const failures = judgeNetworkOutcome(outcome);
    printNetworkReport(output, outcome, failures);
    if (failures.length > 0) context.setExitCode(EXIT_REFUSED);
  } finally {
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function demo(options: DemoCommandOptions, context: CliContext): Promise<void> {
  if (options.play !== undefined) {
    const { playLiar } = await import('../network/play-liar.ts');
    return playLiar(JSON.parse(options.play) as Parameters<typeof playLiar>[0], context);
  }
  if (options.model !== undefined) return networkDemo(options.model, options, context);
  if (options.host !== 'embedded' && options.mode !== 'optimistic') {
    throw new UsageError(`--host ${options.host} belongs to --mode optimistic`);
  }
  if (options.mode === 'tee') return teeDemo(options, context);
  if (options.mode === 'redundant') return redundantDemo(options, context);
  const output = outputFor(context, options);
  const { runDemo } = await import('../optimistic/run-demo.ts');
  const { CAST } = await import('../story/cast.ts');
  const { judgeOutcome } = await import('../story/demo-outcome.ts');
  const { outcomeToJson, printReport } = await import('../story/demo-report.ts');
  const directory = await prepareDirectory(options.dataDir);
  try {
    const outcome = await runDemo(
      {
        watches: options.watch,
        host: options.host,
        dataDirectory: directory,
        blockTimeMs: options.blockTime,
        timeoutMs: options.timeout,
        ...(options.rows === undefined ? {} : { rowsMax: options.rows }),
      },
      { output, signal: context.signal },
    );
    const verdict = judgeOutcome(outcome, CAST.liar.id);
    const chain = options.host === 'cometbft' ? join(directory, 'validator-1', 'chain') : directory;
    const kept = options.dataDir === undefined ? {} : { dataDirectory: chain };
    printReport(output, { outcome, verdict, ...kept });
    output.json(outcomeToJson(outcome, verdict));
    if (verdict.failures.length > 0) context.setExitCode(EXIT_REFUSED);
  } finally {
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** `aivm demo` */
export const createDemoCommand = (context: CliContext): Command =>
  createCommand(
    'demo',
    'Node, three honest providers, a liar and a watcher judge the 569 real samples of the Wisconsin data. Ends with 0 only if every answer is final and right, the liar is convicted, and the books balance.',
    'aivm demo\naivm demo --no-watch\naivm demo --data-dir ./demo-chain && aivm verify-db ./demo-chain',
  )
    .option('--data-dir <dir>', 'keep the chain in this empty directory')
    .option('--no-watch', 'nobody checks: shows which lies go through, and exits with 1')
    .addOption(
      new Option('--mode <mode>', 'how results are verified')
        .choices(['optimistic', 'redundant', 'tee'])
        .default('optimistic'),
    )
    .addOption(
      new Option('--host <host>', 'who orders the blocks: this process alone, or four validators on CometBFT')
        .choices(['embedded', 'cometbft'])
        .default('embedded'),
    )
    .addOption(
      new Option('--model <name>', 'the story of an integer network, in processes of their own').choices([
        'digits',
        'story',
      ]),
    )
    .addOption(new Option('--play <part>', 'a liar of that story').hideHelp())
    .option('--rows <n>', 'only the first n samples', integerOption(1, ROWS_MAX))
    .option('--block-time <duration>', 'least time between two blocks', durationOption, 50)
    .option('--timeout <duration>', 'give up after', durationOption, 1_800_000)
    .action((options: DemoCommandOptions) => demo(options, context));
