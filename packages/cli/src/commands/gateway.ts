import { formatAmount } from '@aivm/core/bytes';
import type { ApiKey, Gateway, SpendingLimits } from '@aivm/gateway';
import { type Account, createClient } from '@aivm/sdk';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, outputFor, UsageError } from '../cli-context.ts';
import { withConfigFile } from '../config/config-file.ts';
import {
  type KeyOptions,
  type NodeOptions,
  nodeUrlOf,
  openWallet,
  withKey,
  withNode,
} from '../connection.ts';
import { addKey, readKeysFile } from '../gateway/keys-file.ts';
import { amountOption, durationOption, integerOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';
import { plainText } from '../plain-text.ts';

const PORT_MAX = 65_535;
const PORT = 9_670;
const TIMEOUT_MS = 600_000;
/** How long the node may take to answer at the beginning before that is said. */
const NODE_ANSWERS_MS = 3_000;
/** What keys name the account of `--key` or `--dev`. */
const DEFAULT_ACCOUNT = 'default';

interface LimitOptions {
  readonly perRequest?: bigint;
  readonly perDay?: bigint;
  readonly total?: bigint;
}

interface ServeOptions extends NodeOptions, KeyOptions, LimitOptions {
  readonly json?: boolean;
  readonly keys?: string;
  readonly ledger?: string;
  readonly port: number;
  readonly host: string;
  readonly metricsPort?: number;
  readonly until: 'posted' | 'usable' | 'final';
  readonly timeout: number;
  readonly publicUrl?: string;
  readonly providerStreams: 'public' | 'any' | 'none';
}

const limitsOf = ({ perRequest, perDay, total }: LimitOptions): SpendingLimits => ({
  perRequest,
  perDay,
  total,
});

/** Adds `--per-request`, `--per-day` and `--total`. */
const withSpending = (command: Command): Command =>
  command
    .option('--per-request <amount>', 'the most that one request may cost, e.g. "0.01 AI"', amountOption)
    .option('--per-day <amount>', 'the most that a key may spend in a day (UTC)', amountOption)
    .option('--total <amount>', 'the most that a key may spend in all', amountOption);

/** The wallet that a key's account names: `default`, `dev:N`, or a key file. */
async function openAccount(name: string, options: ServeOptions, context: CliContext): Promise<Account> {
  if (name === DEFAULT_ACCOUNT) return openWallet(options, context);
  const [, index] = /^dev:(\d)$/.exec(name) ?? [];
  const { key: _, dev: __, ...rest } = options;
  return openWallet(index === undefined ? { ...rest, key: name } : { ...rest, dev: Number(index) }, context);
}

/** The keys of the file, or one that is made for this run. */
async function openKeys(options: ServeOptions, output: Output): Promise<readonly ApiKey[]> {
  if (options.keys !== undefined) {
    const given = Object.values(limitsOf(options)).find((limit) => limit !== undefined);
    if (given !== undefined) throw new UsageError('limits of keys stand in the file of --keys');
    return readKeysFile(options.keys);
  }
  const { createApiSecret, hashApiSecret } = await import('@aivm/gateway');
  const secret = createApiSecret();
  output.line(`API key  ${secret}`);
  output.line('         for this run; keep keys in a file: aivm gateway key NAME --keys FILE');
  output.json({ event: 'key', name: 'this-run', key: secret });
  return [
    { name: 'this-run', hash: hashApiSecret(secret), account: DEFAULT_ACCOUNT, limits: limitsOf(options) },
  ];
}

async function untilStopped(gateway: Gateway, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await gateway.close();
}

/** Says that the node does not answer: the gateway waits for it, and its requests fail until then. */
async function warnOfSilence(options: ServeOptions, { stderr, signal }: CliContext): Promise<void> {
  const url = nodeUrlOf(options);
  try {
    await createClient({ url, timeoutMs: NODE_ANSWERS_MS }).getHealth({ signal });
  } catch (error) {
    if (signal.aborted) return;
    stderr.write(
      `warning: the node at ${url} does not answer yet: ${plainText(error instanceof Error ? error.message : String(error))}\n`,
    );
  }
}

async function serve(options: ServeOptions, context: CliContext): Promise<void> {
  const output = outputFor(context, options);
  const { createLedgerFile, serveGateway } = await import('@aivm/gateway');
  const keys = await openKeys(options, output);
  if (keys.length === 0)
    throw new UsageError(`${options.keys}: no keys; make one: aivm gateway key NAME --keys ${options.keys}`);
  const accounts = new Map<string, Account>();
  for (const name of new Set(keys.map(({ account }) => account)))
    accounts.set(name, await openAccount(name, options, context));
  const path = options.ledger ?? (options.keys === undefined ? undefined : `${options.keys}.ledger`);
  const ledger = path === undefined ? undefined : createLedgerFile(path);
  const { port, host, metricsPort, until, publicUrl, providerStreams } = options;
  const gateway = await serveGateway({
    ...{ keys, accounts, ledger, port, host, metricsPort, until, publicUrl, providerStreams },
    node: nodeUrlOf(options),
    timeoutMs: options.timeout,
    log: (entry) => {
      if (entry.event !== 'request') context.stderr.write(`${JSON.stringify(entry)}\n`);
    },
  });
  output.line(`AIVM gateway at ${gateway.url}, over the node at ${nodeUrlOf(options)}`);
  output.line(`Usage of a key: ${gateway.url.replace(/\/v1$/, '/usage')}. Ctrl-C stops.`);
  output.json({
    event: 'listening',
    url: gateway.url,
    node: nodeUrlOf(options),
    metrics: gateway.metricsUrl,
    keys: keys.map(({ name }) => name),
  });
  if (gateway.metricsUrl !== undefined) output.line(`Metrics at ${gateway.metricsUrl}`);
  await warnOfSilence(options, context);
  await untilStopped(gateway, context.signal);
  await ledger?.close();
  output.json({ event: 'stopped' });
}

interface KeyCommandOptions extends LimitOptions {
  readonly json?: boolean;
  readonly keys?: string;
  readonly account: string;
}

const createKeyCommand = (context: CliContext): Command =>
  withSpending(
    createCommand(
      'key',
      'Makes an API key, shows it once, and adds its hash to the file of --keys.',
      'aivm gateway key team-a --keys gateway.json --per-day "1 AI"\naivm gateway key team-b --keys gateway.json --account team-b.key',
    ),
  )
    .argument('<name>', 'shown on the usage page: 1–64 of A–Z a–z 0–9 . _ -')
    .option('--keys <file>', 'the file of keys; made if it is missing')
    .option(
      '--account <account>',
      'who pays: a key file, dev:0 … dev:9, or "default" for the account of `aivm gateway`',
      DEFAULT_ACCOUNT,
    )
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<KeyCommandOptions>();
      const { keys } = options;
      if (keys === undefined) throw new UsageError('where is the key kept? give --keys FILE');
      const output = outputFor(context, options);
      const { createApiSecret, hashApiSecret } = await import('@aivm/gateway');
      const secret = createApiSecret();
      const limits = limitsOf(options);
      await addKey(keys, { name, hash: hashApiSecret(secret), account: options.account, limits });
      const shown = Object.entries(limits).flatMap(([limit, amount]) =>
        amount === undefined ? [] : [`${limit} ${formatAmount(amount)}`],
      );
      output.line(`API key  ${secret}`);
      output.line(
        `name     ${name}, paid by ${options.account}${shown.length === 0 ? '' : `, ${shown.join(', ')}`}`,
      );
      output.line('The key is shown this once: the file keeps its hash.');
      output.json({ name, key: secret, account: options.account });
    });

/** `aivm gateway`, `aivm gateway key` */
export const createGatewayCommand = (context: CliContext): Command =>
  withConfigFile(
    withSpending(
      withKey(
        withNode(
          createCommand(
            'gateway',
            'Serves the OpenAI API (models, chat completions, completions, embeddings) over tasks of a chain.',
            'aivm gateway --dev 0\naivm gateway --keys gateway.json --key gateway.key --until final',
          ),
        ),
      ),
    ),
  )
    .option(
      '--keys <file>',
      'API keys with their accounts and limits; left out, one key is made for this run',
    )
    .option('--ledger <file>', 'where spending is kept; FILE.ledger beside the file of --keys when left out')
    .option('--port <port>', '0 takes a free one', integerOption(0, PORT_MAX), PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--metrics-port <port>',
      'serves /metrics and /ready on loopback at this port; 0 takes a free one',
      integerOption(0, PORT_MAX),
    )
    .addOption(
      new Option('--until <milestone>', 'how far an answer must be where a request does not say')
        .choices(['posted', 'usable', 'final'])
        .default('posted'),
    )
    .option('--timeout <duration>', 'how long an answer is waited for', durationOption, TIMEOUT_MS)
    .addOption(
      new Option(
        '--provider-streams <which>',
        'whose streams are asked while an answer is made: providers at public addresses, all of them, or none',
      )
        .choices(['public', 'any', 'none'])
        .default('public'),
    )
    .option('--public-url <url>', 'the gateway as clients reach it, for the links in answers')
    .action((options: ServeOptions) => serve(options, context))
    .addCommand(createKeyCommand(context));
