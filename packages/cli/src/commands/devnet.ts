import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Wallet } from '@aivm/sdk';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, outputFor, UsageError } from '../cli-context.ts';
import { type AnchorOptions, openAnchorSinks, withAnchors } from '../node/anchor-options.ts';
import { type LimitOptions, readLimits, withLimits } from '../node/limit-options.ts';
import type { RunningNode } from '../node/start-node.ts';
import { durationOption, integerOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';
import { toHex } from '../show.ts';
import { HOLDERS_MIN, startDevnetProviders } from './devnet-providers.ts';

const PORT_MAX = 65_535;
const ACCOUNTS_MAX = 10;
/** Accounts 1…9 operate providers. */
const PROVIDERS_MAX = 9;
const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

interface DevnetOptions extends AnchorOptions, LimitOptions {
  readonly json?: boolean;
  readonly port: number;
  readonly dataDir?: string;
  readonly adopt?: boolean;
  readonly blockTime: number;
  readonly accounts: number;
  readonly genesis?: string;
  readonly config?: string;
  readonly providers: number;
  readonly network: readonly string[];
  readonly collateralDir?: string;
  readonly logLevel: (typeof LEVELS)[number];
}

/**
 * A kept chain goes on under the options that it began with; others are refused, because it cannot take them.
 *
 * @param given the options of a chain's beginning that the command line names
 * @throws UsageError
 */
async function refuseOtherBeginning(
  kept: string,
  given: readonly string[],
  options: DevnetOptions,
  directory: string,
): Promise<void> {
  const [first] = given;
  if (first === undefined) return;
  // A genesis of the user's own may leave members out; it is another beginning in any case.
  const { timestamp = 0, params } = JSON.parse(kept) as {
    readonly timestamp?: number;
    readonly params?: { readonly minBlockIntervalMs?: number };
  };
  const blockTimeMs = params?.minBlockIntervalMs ?? options.blockTime;
  const same = await createGenesis(options, { timestamp, blockTimeMs });
  if (same !== kept)
    throw new UsageError(
      `${first} is part of a chain's beginning, and ${directory} holds a chain that began otherwise: leave it out, or name another --data-dir`,
    );
}

async function createGenesis(
  { config, accounts }: DevnetOptions,
  beginning: { readonly timestamp: number; readonly blockTimeMs: number },
): Promise<string> {
  const { readJsonFile } = await import('../node/genesis-file.ts');
  const { createDevnetGenesis } = await import('../node/devnet-genesis.ts');
  const configText = config === undefined ? undefined : await readJsonFile(config, 'configuration');
  return createDevnetGenesis({
    ...beginning,
    accounts,
    ...(configText === undefined ? {} : { configText }),
  });
}

async function chooseGenesis(options: DevnetOptions, directory: string, given: readonly string[]) {
  const { readJsonFile, readKeptGenesis } = await import('../node/genesis-file.ts');
  if (options.genesis !== undefined) {
    const [first] = given;
    if (first !== undefined) throw new UsageError(`${first} and --genesis: the genesis file says it already`);
    return readJsonFile(options.genesis, 'genesis');
  }
  const kept = await readKeptGenesis(directory);
  if (kept === undefined)
    return createGenesis(options, {
      timestamp: Math.floor(Date.now() / 1_000),
      blockTimeMs: options.blockTime,
    });
  await refuseOtherBeginning(kept, given, options, directory);
  return kept;
}

function announce(
  output: Output,
  node: Pick<RunningNode, 'url' | 'explorerUrl' | 'chainId' | 'genesisHash'>,
  accounts: readonly Wallet[],
): void {
  output.line(`AIVM devnet, chain ${node.chainId}, at ${node.url}`);
  output.line(`Explorer: ${node.explorerUrl}`);
  output.line();
  output.line(
    'Accounts, each with 1,000,000 units (these keys are public: never use them where money is real)',
  );
  accounts.forEach((wallet, i) => {
    output.line(`(${i}) ${wallet.address}  ${toHex(wallet.exportPrivateKey())}`);
  });
  output.line();
  output.line('Unsigned writes are signed by these accounts. Ctrl-C stops.');
  output.json({
    event: 'listening',
    url: node.url.replace(/\/rpc$/, ''),
    rpc: node.url,
    explorer: node.explorerUrl,
    chainId: node.chainId,
    genesisHash: toHex(node.genesisHash),
    accounts: accounts.map((wallet) => ({
      address: wallet.address,
      privateKey: toHex(wallet.exportPrivateKey()),
    })),
  });
}

async function run(options: DevnetOptions, command: Command, context: CliContext): Promise<void> {
  const { developmentAccounts } = await import('@aivm/sdk');
  const { startNode } = await import('../node/start-node.ts');
  const { serve } = await import('../node/serve.ts');
  const { embeddedHost } = await import('@aivm/node');
  const { createStderrLog } = await import('../node/stderr-log.ts');
  const output = outputFor(context, options);
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) !== 'default';
  const given = [
    ...(options.config === undefined ? [] : ['--config']),
    ...(isGiven('accounts') ? ['--accounts'] : []),
  ];
  if (options.network.length > 0 && options.providers < HOLDERS_MIN)
    throw new UsageError(
      `--network needs --providers ${HOLDERS_MIN} or more, got ${options.providers}: a network is served once ${HOLDERS_MIN} operators hold it`,
    );
  const limits = await readLimits(options);
  const anchorSinks = await openAnchorSinks(options, context);
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'aivm-devnet-')));
  try {
    const node = await startNode({
      genesis: await chooseGenesis(options, directory, given),
      dataDirectory: directory,
      adopt: options.adopt,
      port: options.port,
      host: embeddedHost({ mode: 'instant', blockTimeMs: options.blockTime }),
      isDevelopment: true,
      log: createStderrLog(options.logLevel, context.stderr),
      ...(options.collateralDir === undefined ? {} : { collateralDirectory: options.collateralDir }),
      limits,
      anchorSinks,
    });
    announce(output, node, developmentAccounts().slice(0, options.accounts));
    const providers = await startDevnetProviders(options, node.url, context, output);
    await serve(node, context, providers);
    output.json({ event: 'stopped' });
  } finally {
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** `aivm devnet` */
export const createDevnetCommand = (context: CliContext): Command =>
  withLimits(
    withAnchors(
      createCommand(
        'devnet',
        'A development node with funded accounts: a block at once for transactions, and one every block time while anything is scheduled.',
        'aivm devnet\naivm devnet --providers 2 --data-dir ./devnet\naivm devnet --providers 3 --network models/story',
      ),
    ),
  )
    .option('--port <port>', '0 takes a free one', integerOption(0, PORT_MAX), 9_650)
    .option('--data-dir <dir>', 'keep the chain here; a temporary directory when left out')
    .option('--adopt', 'go on from a copied data directory')
    .option('--block-time <duration>', 'time between blocks that only timers ask for', durationOption, 100)
    .option('--accounts <n>', 'development accounts with money', integerOption(2, ACCOUNTS_MAX), ACCOUNTS_MAX)
    .option('--genesis <file>', 'your own genesis JSON')
    .option('--config <file>', 'JSON of configuration fields that differ from the defaults')
    .option('--providers <n>', 'int8 providers in this process', integerOption(0, PROVIDERS_MAX), 0)
    .option(
      '--network <dir>',
      'publish the integer network in this directory and let the providers hold it; repeatable; takes --providers 3 or more',
      (directory: string, before: readonly string[]) => [...before, directory],
      [],
    )
    .option('--collateral-dir <dir>', 'reference manifests (.xml) and revocation lists of GPUs')
    .addOption(new Option('--log-level <level>', 'JSON lines on stderr').choices([...LEVELS]).default('warn'))
    .action((options: DevnetOptions, command: Command) => run(options, command, context));
