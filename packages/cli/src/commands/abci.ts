import { type Command, Option } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { withConfigFile } from '../config/config-file.ts';
import { type AnchorOptions, openAnchorSinks, withAnchors } from '../node/anchor-options.ts';
import { type LimitOptions, readLimits, withLimits } from '../node/limit-options.ts';
import { integerOption, subnetOption } from '../option-parsers.ts';

const PORT_MAX = 65_535;
const SNAPSHOT_EVERY_MAX = 1_000_000;
const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

interface AbciOptions extends AnchorOptions, LimitOptions {
  readonly json?: boolean;
  readonly genesis?: string;
  readonly dataDir: string;
  readonly listen: string;
  readonly rpc: string;
  readonly port: number;
  readonly httpListen: string;
  readonly collateralDir?: string;
  readonly trustedProxy: readonly string[];
  readonly stopWithStdin?: boolean;
  readonly snapshotEvery: number;
  readonly signAnchors?: string;
  readonly logLevel: (typeof LEVELS)[number];
}

/** For programs that start this one: when they end, however they end, so does this. */
function stopWithStdin(): void {
  process.stdin.resume().once('close', () => process.kill(process.pid, 'SIGTERM'));
}

async function run(options: AbciOptions, context: CliContext): Promise<void> {
  const { readJsonFile, readKeptGenesis } = await import('../node/genesis-file.ts');
  const { startNode } = await import('../node/start-node.ts');
  const { serve } = await import('../node/serve.ts');
  const { abciHost } = await import('@aivm/node');
  const { createStderrLog } = await import('../node/stderr-log.ts');
  const { UsageError } = await import('../cli-context.ts');
  const { readAnchorSigners } = await import('../node/anchor-signers.ts');
  const output = outputFor(context, options);
  const genesis =
    options.genesis === undefined
      ? await readKeptGenesis(options.dataDir)
      : await readJsonFile(options.genesis, 'genesis');
  if (genesis === undefined) {
    throw new UsageError(`${options.dataDir} holds no chain yet: give --genesis FILE the first time`);
  }
  const node = await startNode({
    genesis,
    dataDirectory: options.dataDir,
    port: options.port,
    listenOn: options.httpListen,
    host: abciHost({
      listen: options.listen,
      rpcUrl: options.rpc,
      anchorSigners: await readAnchorSigners(options.signAnchors),
    }),
    isDevelopment: false,
    log: createStderrLog(options.logLevel, context.stderr),
    ...(options.collateralDir === undefined ? {} : { collateralDirectory: options.collateralDir }),
    trustedProxies: options.trustedProxy,
    limits: await readLimits(options),
    snapshotEvery: options.snapshotEvery,
    anchorSinks: await openAnchorSinks(options, context),
  });
  output.line(`chain ${node.chainId} at ${node.url}, data in ${options.dataDir}; Ctrl-C stops`);
  output.line(
    `waits for CometBFT (proxy_app = "${options.listen}"), passes transactions on to ${options.rpc}`,
  );
  output.json({
    event: 'listening',
    url: node.url.replace(/\/rpc$/, ''),
    rpc: node.url,
    abci: options.listen,
    chainId: node.chainId,
    genesisBlock: node.genesisBlock,
  });
  if (options.stopWithStdin === true) stopWithStdin();
  await serve(node, context);
  output.json({ event: 'stopped' });
}

/** `aivm abci` */
export const createAbciCommand = (context: CliContext): Command =>
  withConfigFile(
    withLimits(
      withAnchors(
        createCommand(
          'abci',
          'A node whose blocks CometBFT v0.38 orders: an ABCI 2.0 application. docs/hosts.md shows four of them.',
          'aivm abci --genesis genesis.json --data-dir ./chain\naivm abci --data-dir ./chain --listen unix:///run/aivm.sock',
        ),
      ),
    )
      .option('--genesis <file>', 'genesis JSON; needed the first time')
      .requiredOption('--data-dir <dir>', 'where the chain lives')
      .option(
        '--listen <address>',
        "tcp://HOST:PORT or unix://PATH; CometBFT's proxy_app",
        'tcp://127.0.0.1:26658',
      )
      .option('--rpc <url>', "CometBFT's RPC, which transactions are passed on to", 'http://127.0.0.1:26657')
      .option('--port <port>', 'of the HTTP interface; 0 takes a free one', integerOption(0, PORT_MAX), 9_650)
      .option('--http-listen <address>', 'address of the HTTP interface', '127.0.0.1')
      .option(
        '--snapshot-every <blocks>',
        'take a snapshot that others can begin with; 0: never',
        integerOption(0, SNAPSHOT_EVERY_MAX),
        0,
      )
      .option(
        '--sign-anchors <path>',
        "this validator's key for anchors: a file of aivm anchor key, or a folder of them of which the newest is to be used",
      )
      .option('--collateral-dir <dir>', 'reference manifests (.xml) and revocation lists of GPUs')
      .option(
        '--trusted-proxy <address>',
        'a proxy whose Forwarded or X-Forwarded-For header says who asks, or a subnet of them; repeatable',
        subnetOption,
        [],
      )
      .addOption(new Option('--stop-with-stdin', 'end when the standard input ends').hideHelp())
      .addOption(
        new Option('--log-level <level>', 'JSON lines on stderr').choices([...LEVELS]).default('info'),
      )
      .action((options: AbciOptions) => run(options, context)),
  );
