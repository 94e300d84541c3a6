import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { TrustedBlock } from '@aivm/node';
import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor } from '../cli-context.ts';
import { nodeListOption, trustedBlockOption } from '../option-parsers.ts';

interface DirectoryOptions {
  readonly json?: boolean;
  readonly dataDir: string;
  readonly genesis?: string;
}

async function genesisOf({ dataDir, genesis }: DirectoryOptions): Promise<string> {
  const { readJsonFile, readKeptGenesis } = await import('../node/genesis-file.ts');
  const text =
    genesis === undefined ? await readKeptGenesis(dataDir) : await readJsonFile(genesis, 'genesis');
  if (text === undefined)
    throw new AivmError('not_found', `${dataDir}: holds no chain yet; give --genesis FILE`);
  return text;
}

async function take(options: DirectoryOptions, context: CliContext): Promise<void> {
  const { installCrypto, openNode, snapshotDirectory } = await import('@aivm/node');
  const { ErrNotInitialized } = await import('@aivm/core/errors');
  const output = outputFor(context, options);
  installCrypto();
  const { node, store } = await openNode({ dataDir: options.dataDir, genesis: await genesisOf(options) });
  try {
    if (node.snapshots === undefined) throw new Error('a node with a directory has no snapshots');
    const { header, blockId, hash, chunkCount } = await node.snapshots.take();
    const directory = snapshotDirectory(options.dataDir);
    const trust = `${header.height}:0x${bytesToHex(blockId)}`;
    output.line(`snapshot of height ${header.height} in ${directory}, ${chunkCount} chunks`);
    output.line(`begin with it: --trust ${trust}`);
    output.json({ height: header.height, block: blockId, hash, chunks: chunkCount, directory, trust });
  } finally {
    await node.close(new ErrNotInitialized('the snapshot is taken'));
    await store.close();
  }
}

interface RestoreCommandOptions extends DirectoryOptions {
  readonly from: string;
  readonly trust: TrustedBlock;
}

async function restore(options: RestoreCommandOptions, context: CliContext): Promise<void> {
  const { beginInDirectory } = await import('../node/begin-with-snapshot.ts');
  const output = outputFor(context, options);
  const { dataDir, from, trust: trusted } = options;
  const place = /^https?:/.test(from) ? nodeListOption(from) : { directory: from };
  const genesis = await genesisOf(options);
  const height = await beginInDirectory({ dataDir, genesis, trusted, from: place }, output);
  output.json({ height, restored: height === trusted.height });
}

const createTake = (context: CliContext): Command =>
  createCommand(
    'take',
    'A snapshot of the last block of a node that does not run; one that runs takes them with --snapshot-every.',
    'aivm snapshot take --data-dir ./chain',
  )
    .requiredOption('--data-dir <dir>', 'data directory of a node that does not run')
    .option('--genesis <file>', "instead of the directory's own genesis.json")
    .action((options: DirectoryOptions) => take(options, context));

const createRestore = (context: CliContext): Command =>
  createCommand(
    'restore',
    'Begins a data directory with a snapshot. Each chunk is verified against the block that --trust names; nothing is restored unless all are right.',
    'aivm snapshot restore --from ./old/snapshots --trust 1200:0x… --genesis genesis.json --data-dir ./chain',
  )
    .requiredOption('--from <place>', 'the folder of snapshots of a data directory, or addresses of nodes')
    .requiredOption('--trust <height:id>', 'the block of the snapshot', trustedBlockOption)
    .requiredOption('--data-dir <dir>', 'where the chain is to live')
    .option('--genesis <file>', 'genesis JSON; needed the first time')
    .action((options: RestoreCommandOptions) => restore(options, context));

/** `aivm snapshot take`, `aivm snapshot restore` */
export const createSnapshotCommand = (context: CliContext): Command =>
  createGroup('snapshot', 'Snapshots of the state of a chain.')
    .addCommand(createTake(context))
    .addCommand(createRestore(context));
