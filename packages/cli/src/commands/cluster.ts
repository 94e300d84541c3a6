import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor, UsageError } from '../cli-context.ts';
import type { ClusterPlan, ValidatorPlan } from '../cluster/cluster-plan.ts';
import type { ValidatorStatus } from '../cluster/cluster-status.ts';
import type { ValidatorProcesses } from '../cluster/validator-processes.ts';
import { durationOption, integerOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';
import { shorten } from '../show.ts';

const PORT_MAX = 65_535;
/** Above, one machine is of no use; the engine itself takes more. */
const VALIDATORS_MAX = 16;
const ACCOUNTS = 10;
const SNAPSHOT_EVERY_MAX = 1_000_000;

interface ClusterOptions {
  readonly json?: boolean;
  readonly dir: string;
  readonly validators: number;
  readonly genesis?: string;
  readonly blockTime: number;
  readonly port: number;
  readonly enginePort: number;
  readonly cometbft?: string;
  readonly restartAfter: number;
  readonly statusEvery: number;
  readonly snapshotEvery: number;
  readonly absent: number;
  readonly join?: string;
}

/** Options that only the beginning of a network can take. */
const OF_THE_BEGINNING: Readonly<Record<string, string>> = {
  validators: '--validators',
  genesis: '--genesis',
  blockTime: '--block-time',
  port: '--port',
  enginePort: '--engine-port',
};

/** The cluster that the directory holds, or a new one. @throws UsageError for options that a kept one cannot take. */
async function openPlan(options: ClusterOptions, command: Command): Promise<ClusterPlan> {
  const { createCluster, readClusterPlan } = await import('../cluster/cluster-plan.ts');
  const kept = await readClusterPlan(options.dir);
  if (kept !== undefined) {
    const given = Object.keys(OF_THE_BEGINNING).find((name) => command.getOptionValueSource(name) === 'cli');
    if (given === undefined) return kept;
    throw new UsageError(
      `${OF_THE_BEGINNING[given]} is part of a network's beginning, and ${options.dir} holds one already: leave it out, or name another --dir`,
    );
  }
  const { readJsonFile } = await import('../node/genesis-file.ts');
  const { createDevnetGenesis } = await import('../node/devnet-genesis.ts');
  const genesis =
    options.genesis === undefined
      ? createDevnetGenesis({
          timestamp: Math.floor(Date.now() / 1_000),
          blockTimeMs: options.blockTime,
          accounts: ACCOUNTS,
        })
      : await readJsonFile(options.genesis, 'genesis');
  return createCluster({
    directory: options.dir,
    validators: options.validators,
    genesis,
    blockTimeMs: options.blockTime,
    httpPort: options.port,
    enginePort: options.enginePort,
  });
}

const lineOf = ({ name, http, height, block, peers }: ValidatorStatus): string =>
  height === undefined
    ? `${name}  ${http}  gives no answer`
    : `${name}  ${http}  height ${height}  block ${shorten(block ?? '', 18)}  ${peers ?? 'no'} peers`;

/** Shows where every validator is, until the program is asked to stop. @throws Error where two have different blocks. */
async function watch(
  validators: readonly ValidatorProcesses[],
  output: Output,
  { statusEvery, signal }: { readonly statusEvery: number; readonly signal: AbortSignal },
): Promise<void> {
  const { findDivergence, readStatus } = await import('../cluster/cluster-status.ts');
  while (!signal.aborted) {
    await delay(statusEvery, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const all = await Promise.all(validators.map(({ plan }) => readStatus(plan)));
    output.redraw(all.map(lineOf));
    output.json({
      event: 'status',
      validators: all.map((status, i) => ({ ...status, pids: validators[i]?.pids })),
    });
    const divergence = findDivergence(all);
    if (divergence !== undefined) throw new Error(divergence);
  }
}

/** Those that this program is to run. @throws UsageError for a name that there is not, or where nobody is left. */
async function chooseValidators(
  { validators }: ClusterPlan,
  { absent, join }: ClusterOptions,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<readonly ValidatorPlan[]> {
  if (join === undefined) {
    if (absent >= validators.length) {
      throw new UsageError(
        `--absent ${absent}: there are ${validators.length} validators, and one has to be here`,
      );
    }
    return validators.slice(0, validators.length - absent);
  }
  const joining = validators.find(({ name }) => name === join);
  if (joining === undefined) {
    throw new UsageError(
      `--join ${join}: the validators are ${validators.map(({ name }) => name).join(', ')}`,
    );
  }
  const { beginByStateSync } = await import('../cluster/state-sync.ts');
  const others = validators.filter((one) => one !== joining);
  const report = (text: string): void => output.note(text);
  const { height, hash } = await beginByStateSync(joining, others, { report, signal });
  output.line(`${join} begins with a snapshot; its light client trusts block ${hash} at height ${height}`);
  return [joining];
}

async function run(options: ClusterOptions, command: Command, context: CliContext): Promise<void> {
  const { findEngine } = await import('../cluster/find-engine.ts');
  const { ValidatorProcesses } = await import('../cluster/validator-processes.ts');
  const output = outputFor(context, options);
  const engine = await findEngine(options.cometbft, context.env);
  const plan = await openPlan(options, command);
  output.line(
    `CometBFT ${engine.version} at ${engine.path}; ${plan.validators.length} validators in ${options.dir}`,
  );
  output.line('Ctrl-C stops all of them; logs are beside the data of each.');
  const chosen = await chooseValidators(plan, options, { output, signal: context.signal });
  const validators = chosen.map(
    (validator) =>
      new ValidatorProcesses(validator, {
        enginePath: engine.path,
        genesisFile: plan.genesisFile,
        restartAfterMs: options.restartAfter,
        snapshotEvery: options.snapshotEvery,
        report: (text) => output.note(text),
      }),
  );
  try {
    for (const validator of validators) validator.start();
    output.json({
      event: 'started',
      validators: validators.map(({ plan: { name, httpPort, rpcPort }, pids }) => ({
        name,
        http: `http://127.0.0.1:${httpPort}`,
        rpc: `http://127.0.0.1:${rpcPort}`,
        pids,
      })),
    });
    await watch(validators, output, { statusEvery: options.statusEvery, signal: context.signal });
  } finally {
    output.endRedraw();
    await Promise.all(validators.map((validator) => validator.stop()));
  }
  output.json({ event: 'stopped' });
}

/** `aivm cluster` */
export const createClusterCommand = (context: CliContext): Command =>
  createCommand(
    'cluster',
    'A network of CometBFT validators on this machine: keys, genesis, configurations, two processes each.',
    'aivm cluster --validators 4 --dir ./cluster\naivm task submit wdbc-int8 --dev 0 --wait --node http://127.0.0.1:9651 …',
  )
    .requiredOption('--dir <dir>', 'where the network lives; one that is there goes on')
    .option('--validators <n>', 'how many; n of 3f + 1 go on without f', integerOption(1, VALIDATORS_MAX), 4)
    .option(
      '--genesis <file>',
      'your own genesis JSON; left out: a development chain with ten funded accounts',
    )
    .option('--block-time <duration>', 'pause between a block and the next one', durationOption, 1_000)
    .option(
      '--port <port>',
      "of the first validator's HTTP interface, the others follow; 0 takes free ports everywhere",
      integerOption(0, PORT_MAX - VALIDATORS_MAX),
      9_650,
    )
    .option(
      '--engine-port <port>',
      "of the first validator's peers; its RPC and application follow, the next validator is ten above",
      integerOption(1, PORT_MAX - 10 * VALIDATORS_MAX),
      26_656,
    )
    .option('--cometbft <path>', 'the program; left out: on the path, or in ~/go/bin')
    .option('--restart-after <duration>', 'when a process that ended is started again', durationOption, 5_000)
    .option(
      '--snapshot-every <blocks>',
      'how often each node takes a snapshot that others can begin with; 0: never',
      integerOption(0, SNAPSHOT_EVERY_MAX),
      100,
    )
    .option(
      '--absent <n>',
      'leave the last n validators away; they can join later',
      integerOption(0, VALIDATORS_MAX),
      0,
    )
    .option(
      '--join <name>',
      'run only this validator of a network that runs; it begins with a snapshot of the others',
    )
    .option('--status-every <duration>', 'how often to say where everybody is', durationOption, 2_000)
    .action((options: ClusterOptions, command: Command) => run(options, command, context));
