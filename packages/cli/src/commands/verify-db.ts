import { AivmError } from '@aivm/core/errors';
import type { Command } from 'commander';
import { type CliContext, createCommand, InterruptedError, outputFor } from '../cli-context.ts';
import { integerOption } from '../option-parsers.ts';
import { toHex } from '../show.ts';

const EVERY_MAX = 1_000_000;
const PROGRESS_EVERY_MS = 1_000;

interface VerifyDbOptions {
  readonly json?: boolean;
  readonly genesis?: string;
  readonly supplyEvery: number;
}

async function verify(directory: string, options: VerifyDbOptions, context: CliContext): Promise<void> {
  const { verifyDataDirectory } = await import('@aivm/node');
  const { readJsonFile, readKeptGenesis } = await import('../node/genesis-file.ts');
  const { isCopiedDirectory } = await import('../node/directory-identity.ts');
  const output = outputFor(context, options);
  await isCopiedDirectory(directory);
  const genesis =
    options.genesis === undefined
      ? await readKeptGenesis(directory)
      : await readJsonFile(options.genesis, 'genesis');
  if (genesis === undefined) {
    throw new AivmError('data_dir_corrupt', `${directory}: holds no genesis.json; give --genesis FILE`);
  }
  let shownAt = performance.now();
  const report = await verifyDataDirectory({
    dataDir: directory,
    genesis,
    supplyEveryBlocks: options.supplyEvery,
    signal: context.signal,
    onProgress: ({ height, headHeight }) => {
      if (performance.now() - shownAt < PROGRESS_EVERY_MS) return;
      shownAt = performance.now();
      output.note(`block ${height}/${headHeight}`);
    },
  }).catch((error: unknown) => {
    throw context.signal.aborted ? new InterruptedError('interrupted') : error;
  });
  output.line(
    `${report.height} blocks replayed, every root the same; ${report.transactions} transactions, ${report.tasks} tasks, ${report.receipts} receipts`,
  );
  output.line(`state root  ${toHex(report.stateRoot)}`);
  output.line(`supply      ${report.supply.total}, expected ${report.supply.expected}: balanced`);
  const supply = Object.fromEntries(
    Object.entries(report.supply).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? String(value) : value,
    ]),
  );
  output.json({ ...report, supply });
}

/** `aivm verify-db DIR` */
export const createVerifyDbCommand = (context: CliContext): Command =>
  createCommand(
    'verify-db',
    'Replays every block of a data directory, compares every root and entry, and checks the supply identity. Changes nothing.',
    'aivm verify-db ./chain',
  )
    .argument('<dir>', 'data directory of a node that does not run')
    .option('--genesis <file>', "instead of the directory's own genesis.json")
    .option(
      '--supply-every <blocks>',
      'also add up all money every so many blocks; 0: only at the end',
      integerOption(0, EVERY_MAX),
      0,
    )
    .action((directory: string, options: VerifyDbOptions) => verify(directory, options, context));
