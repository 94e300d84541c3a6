import type { Client } from '@aivm/sdk';
import type { ComputeBackend, WatcherEvent } from '@aivm/worker';
import { type Command, Option } from 'commander';
import { type BackendOptions, closeBackend, openBackend, withBackend } from '../backend-option.ts';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { withConfigFile } from '../config/config-file.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openWallet,
  openWitnesses,
  type WitnessOptions,
  withKey,
  withWitnesses,
} from '../connection.ts';
import { INT8_ENGINE_NAMES, openInt8Engine } from '../int8-engine.ts';
import {
  type NetworkOptions,
  openNetworks,
  traceBytesOf,
  withNetworkBackend,
  withNetworks,
} from '../network-options.ts';
import { integerOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';
import { showBytes } from '../show.ts';
import { waitForNode } from '../wait-for-node.ts';
import { type AlertOptions, type Alerts, createAlerts, withAlerts } from '../worker/alerts.ts';
import { type OperatorOptions, openOperator, withOperator } from '../worker/operator-server.ts';
import { WorkerMonitor } from '../worker/worker-monitor.ts';

const CONCURRENCY_MAX = 1_024;
/** Enough that results which wait together are re-run together, few enough for a node that limits requests. */
const CONCURRENCY_DEFAULT = 32;

interface WatchOptions
  extends NodeOptions,
    KeyOptions,
    WitnessOptions,
    BackendOptions,
    NetworkOptions,
    AlertOptions,
    OperatorOptions {
  readonly json?: boolean;
  readonly concurrency: number;
  readonly engine: (typeof INT8_ENGINE_NAMES)[number];
}

/** One line about what a watcher saw; undefined for what people need not see. */
function describe(event: WatcherEvent): string | undefined {
  switch (event.kind) {
    case 'watching':
      return `watching from block ${event.after}; ${event.posted} results were waiting`;
    case 'mismatch':
      return `WRONG ${event.taskId} by ${event.provider}: posted ${showBytes(event.posted, 60)}, right is ${showBytes(event.computed, 60)}`;
    case 'challenged':
      return `challenged ${event.taskId} of ${event.provider} in block ${event.height}, bond ${event.bond}`;
    case 'unchallenged':
      return `NOT CHALLENGED: ${event.taskId} of ${event.provider}: ${event.code}${event.code === 'insufficient_balance' ? ': fund the account, a lie is becoming final' : ''}`;
    case 'moved':
      return `game ${event.game} of ${event.taskId}: ${event.move} in block ${event.height}`;
    case 'conceded':
      return `game ${event.game} of ${event.taskId}: nothing differs from what this machine computes; it will be lost`;
    case 'stumbled':
      return `${event.taskId}: ${event.code}: ${event.detail}; it is looked at again`;
    case 'retrying':
      return `waiting: ${event.code}: ${event.detail}`;
    case 'confirmed':
    case 'unverifiable':
      return undefined;
  }
}

interface Observers {
  readonly output: Output;
  readonly monitor: WorkerMonitor;
  readonly alerts: Alerts;
}

function report({ output, monitor, alerts }: Observers, event: WatcherEvent): void {
  const text = describe(event);
  monitor.observe(event);
  alerts.observe(event, text);
  if (event.kind === 'watching') monitor.state = 'working';
  if (text !== undefined) output.line(text);
  output.json({ event: event.kind, ...event, kind: undefined });
}

/** Says what a watcher cannot do that cannot pay for a challenge. */
async function warnOfBalance(client: Client, address: Uint8Array, output: Output): Promise<void> {
  const [{ balance }, { params }] = await Promise.all([client.getAccount(address), client.getConfig()]);
  if (balance >= params.challengeBond) return;
  output.note(
    `warning: the account has ${balance}, a challenge stakes at least ${params.challengeBond}: wrong results are found and not challenged`,
  );
}

/** What re-runs results: a batch of int8 tasks on a kernel engine, or a program. */
async function openWatchBackend(
  options: WatchOptions,
  output: Output,
  context: CliContext,
): Promise<{ readonly backend: ComputeBackend; readonly close: () => void }> {
  if (options.backend !== 'int8') {
    const backend = await openBackend(options, context);
    await backend.check?.();
    return { backend, close: () => closeBackend(backend) };
  }
  const { createInt8BatchBackend } = await import('@aivm/worker');
  const { engine, reason, close } = await openInt8Engine(options.engine);
  output.note(`results are re-run on ${engine.name}: ${reason}`);
  const backend = createInt8BatchBackend({
    engine,
    nowMs: () => performance.now(),
    onFailure: ({ message }) => output.note(`results are re-run one by one: ${message}`),
  });
  return { backend, close };
}

async function watch(options: WatchOptions, context: CliContext): Promise<void> {
  const output = outputFor(context, options);
  const note = (line: string): void => output.note(line);
  const alerts = createAlerts(options, { note });
  const wallet = await openWallet(options, context);
  const client = await openClient(options);
  const { createSender } = await import('@aivm/sdk');
  const { createSdkNode, createSdkSender, runWatcher } = await import('@aivm/worker');
  const node = createSdkNode(client, { witnesses: await openWitnesses(options) });
  const surroundings = { env: context.env, note };
  const networks = options.backend === 'int8' ? await openNetworks(options, node, surroundings) : undefined;
  const { backend: own, close } = await openWatchBackend(options, output, context);
  const backend = await withNetworkBackend(own, networks);
  const monitor = new WorkerMonitor('watcher');
  const operator = await openOperator(options, { monitor, client }, { output, signal: context.signal });
  await waitForNode(() => warnOfBalance(client, wallet.addressBytes, output), { context, output });
  await runWatcher(
    { concurrency: options.concurrency, traceBytesMax: traceBytesOf(options) },
    {
      node,
      networks,
      sender: createSdkSender(createSender({ client, wallet })),
      backend: monitor.watch(backend),
      report: (event) => report({ output, monitor, alerts }, event),
    },
    context.signal,
  ).finally(async () => {
    close();
    await alerts.close();
    await operator?.close();
  });
  output.note('stopped; a restart judges whatever is still open');
}

/** `aivm watch` */
export const createWatchCommand = (context: CliContext): Command =>
  withConfigFile(
    withAlerts(
      withOperator(
        withNetworks(
          withBackend(
            withKey(
              withWitnesses(
                createCommand(
                  'watch',
                  'Re-runs every result that can be judged and challenges what is wrong, until Ctrl-C.',
                  'aivm watch --dev 5\naivm watch --key watcher.key --node https://node.example:9650',
                ),
              ),
            ),
          ),
        ),
      ),
    )
      .option(
        '--concurrency <n>',
        'results judged at once',
        integerOption(1, CONCURRENCY_MAX),
        CONCURRENCY_DEFAULT,
      )
      .addOption(
        new Option('--engine <name>', 'what re-runs results, in batches')
          .choices(INT8_ENGINE_NAMES)
          .default('auto'),
      )
      .action((options: WatchOptions) => watch(options, context)),
  );
