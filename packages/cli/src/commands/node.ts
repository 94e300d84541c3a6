import { bytesToHex } from '@aivm/core/bytes';
import type { TrustedBlock } from '@aivm/node';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { withConfigFile } from '../config/config-file.ts';
import { type AnchorOptions, openAnchorSinks, withAnchors } from '../node/anchor-options.ts';
import { type LimitOptions, readLimits, withLimits } from '../node/limit-options.ts';
import { integerOption, nodeListOption, subnetOption, trustedBlockOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';

const PORT_MAX = 65_535;
const SNAPSHOT_EVERY_MAX = 1_000_000;
const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

interface NodeCommandOptions extends AnchorOptions, LimitOptions {
  readonly json?: boolean;
  readonly genesis?: string;
  readonly dataDir: string;
  readonly adopt?: boolean;
  readonly follow: readonly string[];
  readonly snapshot?: boolean;
  readonly trust?: TrustedBlock;
  readonly port: number;
  readonly listen: string;
  readonly collateralDir?: string;
  readonly trustedProxy: readonly string[];
  readonly snapshotEvery: number;
  readonly logLevel: (typeof LEVELS)[number];
}

/** Brings an empty directory to a snapshot of one of the nodes that are followed. @throws UsageError */
async function beginWith(
  { dataDir, follow, trust }: NodeCommandOptions,
  genesis: string,
  output: Output,
): Promise<void> {
  const { UsageError } = await import('../cli-context.ts');
  if (follow.length === 0 || trust === undefined) {
    throw new UsageError(
      '--snapshot needs --follow URL, and --trust HEIGHT:ID of a block that you know to be of the chain',
    );
  }
  const { beginInDirectory } = await import('../node/begin-with-snapshot.ts');
  await beginInDirectory({ dataDir, genesis, trusted: trust, from: follow }, output);
}

async function run(options: NodeCommandOptions, context: CliContext): Promise<void> {
  const { readJsonFile, readKeptGenesis } = await import('../node/genesis-file.ts');
  const { startNode } = await import('../node/start-node.ts');
  const { serve } = await import('../node/serve.ts');
  const { createStderrLog } = await import('../node/stderr-log.ts');
  const { UsageError } = await import('../cli-context.ts');
  const output = outputFor(context, options);
  const genesis =
    options.genesis === undefined
      ? await readKeptGenesis(options.dataDir)
      : await readJsonFile(options.genesis, 'genesis');
  if (genesis === undefined) {
    throw new UsageError(`${options.dataDir} holds no chain yet: give --genesis FILE the first time`);
  }
  const { followerHost } = await import('@aivm/node');
  const follows = options.follow.length > 0;
  if (options.snapshot === true) await beginWith(options, genesis, output);
  const node = await startNode({
    genesis,
    follows,
    host: follows ? followerHost({ sources: options.follow }) : undefined,
    dataDirectory: options.dataDir,
    adopt: options.adopt,
    port: options.port,
    listenOn: options.listen,
    isDevelopment: false,
    log: createStderrLog(options.logLevel, context.stderr),
    ...(options.collateralDir === undefined ? {} : { collateralDirectory: options.collateralDir }),
    trustedProxies: options.trustedProxy,
    limits: await readLimits(options),
    snapshotEvery: options.snapshotEvery,
    anchorSinks: await openAnchorSinks(options, context),
  });
  if (follows) output.line(`follows ${options.follow.join(', ')}; /health says how far behind`);
  output.line(`chain ${node.chainId} at ${node.url}, data in ${options.dataDir}; Ctrl-C stops`);
  output.line(`explorer at ${node.explorerUrl}`);
  output.json({
    event: 'listening',
    url: node.url.replace(/\/rpc$/, ''),
    rpc: node.url,
    explorer: node.explorerUrl,
    chainId: node.chainId,
    genesisHash: `0x${bytesToHex(node.genesisHash)}`,
    ...(follows ? { follows: options.follow } : {}),
  });
  await serve(node, context);
  output.json({ event: 'stopped' });
}

/** `aivm node` */
export const createNodeCommand = (context: CliContext): Command =>
  withConfigFile(
    withLimits(
      withAnchors(
        createCommand(
          'node',
          'A node that orders blocks alone and signs for nobody; or, with --follow, executes those of other nodes.',
          'aivm node --genesis genesis.json --data-dir ./chain\naivm node --data-dir ./chain --listen 0.0.0.0\naivm node --genesis genesis.json --data-dir ./copy --follow http://127.0.0.1:9650 --port 9660',
        ),
      ),
    )
      .option('--genesis <file>', 'genesis JSON; needed the first time')
      .requiredOption('--data-dir <dir>', 'where the chain lives')
      .option(
        '--adopt',
        "make blocks on a copied data directory, or on a follower's, whose original will never make a block again",
      )
      .option(
        '--follow <url,…>',
        'make no blocks: fetch, execute and compare those of these nodes, and pass transactions on to them',
        nodeListOption,
        [],
      )
      .option('--snapshot', 'with --follow: begin with a snapshot, not with the genesis block')
      .option(
        '--trust <height:id>',
        'the block of that snapshot: what you know to be of the chain',
        trustedBlockOption,
      )
      .option('--port <port>', '0 takes a free one', integerOption(0, PORT_MAX), 9_650)
      .option('--listen <address>', 'address to listen on', '127.0.0.1')
      .option(
        '--snapshot-every <blocks>',
        'take a snapshot that others can begin with; 0: never',
        integerOption(0, SNAPSHOT_EVERY_MAX),
        0,
      )
      .option('--collateral-dir <dir>', 'reference manifests (.xml) and revocation lists of GPUs')
      .option(
        '--trusted-proxy <address>',
        'a proxy whose Forwarded or X-Forwarded-For header says who asks, or a subnet of them; repeatable',
        subnetOption,
        [],
      )
      .addOption(
        new Option('--log-level <level>', 'JSON lines on stderr').choices([...LEVELS]).default('info'),
      )
      .action((options: NodeCommandOptions) => run(options, context)),
  );
