import type { Client } from '@aivm/sdk';
import type { ComputeBackend, ProviderEvent } from '@aivm/worker';
import type { Command } from 'commander';
import { type BackendOptions, closeBackend, openBackend, withBackend } from '../backend-option.ts';
import { type CliContext, createCommand, outputFor, UsageError } from '../cli-context.ts';
import { withConfigFile } from '../config/config-file.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openWallet,
  openWitnesses,
  type WitnessOptions,
  withKey,
  withNode,
  withWitnesses,
} from '../connection.ts';
import {
  type NetworkOptions,
  openNetworks,
  traceBytesOf,
  withNetworkBackend,
  withNetworks,
} from '../network-options.ts';
import { addressOption, amountOption, durationOption, integerOption, listOption } from '../option-parsers.ts';
import { formatTable, type Output } from '../output.ts';
import { checkProvider } from '../provider-check.ts';
import { type EvidenceOptions, openEvidenceSource, withEvidence } from '../provider-evidence.ts';
import { shorten, showBytes, toHex, toWire } from '../show.ts';
import { type OpenStreams, openStreams, type StreamOptions, withStreams } from '../stream-options.ts';
import { waitForNode } from '../wait-for-node.ts';
import {
  type OperatorOptions,
  type OperatorServer,
  openOperator,
  withOperator,
} from '../worker/operator-server.ts';
import { WorkerMonitor } from '../worker/worker-monitor.ts';
import { createProviderLifeCommands } from './provider-life.ts';

const GPUS_MAX = 64;
const CONCURRENCY_MAX = 256;

interface RunOptions
  extends NodeOptions,
    KeyOptions,
    WitnessOptions,
    BackendOptions,
    EvidenceOptions,
    NetworkOptions,
    StreamOptions,
    OperatorOptions {
  readonly drain: number;
  readonly hold: readonly string[];
  readonly json?: boolean;
  readonly id?: string;
  readonly models: readonly string[];
  readonly wallet?: Uint8Array;
  readonly gpus: number;
  readonly gpuModel: string;
  readonly bond?: bigint;
  readonly concurrency: number;
  readonly check?: boolean;
}

/** One line about what a provider did; undefined for what people need not see. */
function describe(event: ProviderEvent): string | undefined {
  switch (event.kind) {
    case 'registered':
      return `registered with a bond of ${event.bond}`;
    case 'resumed':
      return `working; bond ${event.bond}`;
    case 'bonded':
      return `bond raised by ${event.added}`;
    case 'posted':
      return `posted ${event.taskId} in block ${event.height}: ${showBytes(event.output, 60)}`;
    case 'committed':
      return `committed to ${event.taskId} in block ${event.height}`;
    case 'revealed':
      return `revealed ${event.taskId} in block ${event.height}: ${showBytes(event.output, 60)}`;
    case 'unrevealable':
      return `CANNOT REVEAL ${event.taskId}: the backend gives another output than the one committed to`;
    case 'failed':
      return `gave up ${event.taskId}: ${event.error}: ${event.detail}`;
    case 'contended':
      return 'another program sends the heartbeats of this provider: two of them pay every fee twice';
    case 'underbonded':
      return `NO WORK: the bond is ${event.bond}, below ${event.least}; aivm provider add-bond ${event.provider} AMOUNT`;
    case 'holding':
      return `holds the weights of ${event.model}`;
    case 'moved':
      return `game ${event.game} of ${event.taskId}: ${event.move} in block ${event.height}`;
    case 'skipped':
      return `skipped ${event.taskId}: ${event.code}`;
    case 'stumbled':
      return `${event.taskId}: ${event.code}: ${event.detail}; it is taken up again`;
    case 'retrying':
      return `waiting: ${event.code}: ${event.detail}`;
    case 'attested':
      return `attested in block ${event.height}: score ${event.score}, until ${new Date(event.validUntil * 1_000).toISOString()}`;
    case 'unattested':
      return `not attested: ${[event.code, event.detail].filter((part) => part !== '').join(': ')}`;
    case 'draining':
      return event.tasks === 0
        ? 'nothing that was assigned is left'
        : `finishes what is assigned: ${event.tasks} tasks are left`;
    case 'heartbeat':
      return undefined;
  }
}

function report(output: Output, event: ProviderEvent, monitor: WorkerMonitor): void {
  monitor.observe(event);
  if (event.kind === 'registered' || event.kind === 'resumed') monitor.state = 'working';
  const text = describe(event);
  if (text !== undefined) output.line(text);
  output.json({ event: event.kind, ...event, kind: undefined });
}

/** What an earlier registration says; undefined without one. */
const endpointOf = (client: Client, id: string): Promise<string | undefined> =>
  client.getProvider(id).then(
    ({ endpoint }) => endpoint,
    () => undefined,
  );

async function closeAll(
  backend: ComputeBackend,
  streams: OpenStreams,
  operator: OperatorServer | undefined,
): Promise<void> {
  closeBackend(backend);
  await streams.close();
  await operator?.close();
}

async function run(options: RunOptions, context: CliContext): Promise<void> {
  const { id } = options;
  if (id === undefined) throw new UsageError('a provider needs a name: --id NAME (or: aivm provider list)');
  const output = outputFor(context, options);
  const wallet = await openWallet(options, context);
  const client = await openClient(options);
  const source = await openEvidenceSource(options, {
    provider: id,
    exportPrivateKey: () => wallet.exportPrivateKey(),
  });
  const { createAttestationNode, createSdkNode, createSdkSender, runProvider } = await import('@aivm/worker');
  const node = createSdkNode(client, { witnesses: await openWitnesses(options) });
  const surroundings = { env: context.env, note: (line: string) => output.note(line) };
  const networks = options.backend === 'int8' ? await openNetworks(options, node, surroundings) : undefined;
  const own = await openBackend(options, context);
  await own.check?.();
  const backend = await withNetworkBackend(own, networks);
  const check = () => checkProvider({ ...options, id, backend, operator: wallet.addressBytes }, client);
  const findings = options.check === true ? await check() : await waitForNode(check, { context, output });
  if (findings === undefined) {
    closeBackend(own);
    return;
  }
  for (const finding of findings) output.note(`warning: ${finding}`);
  if (options.check === true) {
    output.line(`${id} could work: nothing was registered, locked or spent`);
    output.json({ id, ready: true, warnings: findings });
    return;
  }
  const { createSender } = await import('@aivm/sdk');
  const monitor = new WorkerMonitor('provider');
  const operator = await openOperator(options, { monitor, client }, { output, signal: context.signal });
  const streams = await openStreams(options, node);
  if (options.drain > 0) context.allowStopMs?.(options.drain);
  const known = await endpointOf(client, id);
  if (known !== undefined && known !== streams.endpoint)
    output.note(
      `warning: the chain has the endpoint "${known}": aivm provider update ${id} --new-endpoint URL`,
    );
  const gpu = {
    model: options.gpuModel,
    memoryGb: 0,
    tflops: '0',
    available: true,
    temperature: '0',
    utilization: '0',
  };
  await runProvider(
    {
      id,
      wallet: options.wallet ?? wallet.addressBytes,
      endpoint: streams.endpoint,
      gpus: Array.from({ length: options.gpus }, () => gpu),
      models: options.models,
      holds: options.hold,
      traceBytesMax: traceBytesOf(options),
      concurrency: options.concurrency,
      ...(options.drain === 0 ? {} : { drains: true, stopTimeoutMs: options.drain }),
      ...(options.bond === undefined ? {} : { bond: options.bond }),
    },
    {
      node,
      sender: createSdkSender(createSender({ client, wallet })),
      backend: monitor.watch(backend),
      networks,
      streams: streams.hub,
      report: (event) => report(output, event, monitor),
      ...(source === undefined ? {} : { attestation: { source, node: createAttestationNode(client) } }),
    },
    context.signal,
  ).finally(() => closeAll(own, streams, operator));
  output.note('stopped; what was assigned and not answered goes on at the next start, if its time allows');
}

const createList = (context: CliContext): Command =>
  withNode(createCommand('list', 'All providers.', 'aivm provider list')).action(
    async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<NodeOptions & { json?: boolean }>();
      const output = outputFor(context, options);
      const providers = await (await openClient(options)).getProviders({ signal: context.signal });
      const rows = providers.map((provider) => [
        provider.id,
        provider.state,
        String(provider.reputation),
        String(provider.bond),
        String(provider.tasks_handled),
        `${provider.status.current_tasks}/${provider.status.max_tasks}`,
      ]);
      output.line(formatTable(['id', 'state', 'reputation', 'bond', 'tasks done', 'in hand'], rows));
      output.json(await toWire('getProviders', { providers: [...providers], count: providers.length }));
    },
  );

const createGet = (context: CliContext): Command =>
  withNode(createCommand('get', 'One provider.', 'aivm provider get gpu-1'))
    .argument('<id>', 'id of the provider')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<NodeOptions & { json?: boolean }>();
      const output = outputFor(context, options);
      const provider = await (await openClient(options)).getProvider(id, { signal: context.signal });
      const lines: [string, unknown][] = [
        ['id', provider.id],
        ['state', provider.state],
        ['operator', toHex(provider.operator)],
        ['wallet', toHex(provider.wallet_address)],
        ['endpoint', provider.endpoint],
        ['bond', `${provider.bond}, reserved ${provider.reserved}`],
        ['least fee', `${provider.least_fee}, next epoch ${provider.next_least_fee}`],
        ['reputation', provider.reputation],
        ['tasks done', `${provider.tasks_handled}, failed ${provider.tasks_failed}`],
        ['in hand', shorten(provider.assigned, 60)],
        ['fees', provider.fees_earned],
        ['rewards', `claimable ${provider.rewards_claimable}, claimed ${provider.rewards_claimed}`],
      ];
      for (const [name, value] of lines) output.line(`${name.padEnd(12)}${String(value)}`);
      output.json(await toWire('getProvider', provider));
    });

/** `aivm provider`, `aivm provider list|get|update|add-bond|unbond|withdraw` */
export const createProviderCommand = (context: CliContext): Command => {
  const group = withConfigFile(
    withOperator(
      withEvidence(
        withStreams(
          withNetworks(
            withBackend(
              withKey(
                withWitnesses(
                  createCommand(
                    'provider',
                    'Registers, bonds and works until Ctrl-C. A restart goes on where the chain stands.',
                    'aivm provider --id gpu-1 --dev 1\naivm provider --id llama --dev 2 --models qwen3-8b --backend openai --base-url http://127.0.0.1:8080/v1 --stream-port 9660\naivm provider --id gpu-1 --key provider.key --models wdbc-int8 --gpus 2\naivm provider --id py --dev 2 --models zen-coder-1.5b --backend command --program python3 --arg model.py',
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  )
    .option('--id <name>', 'name of the provider: 1–64 of A–Z a–z 0–9 . _ : -')
    .option(
      '--models <list>',
      'models to serve; empty: the genesis models and every int8 model',
      listOption,
      [],
    )
    .option(
      '--hold <list>',
      'networks (int8-graph) whose weights it fetches, holds and serves',
      listOption,
      [],
    )
    .option(
      '--wallet <address>',
      'where fees and rewards go; the signing account when left out',
      addressOption,
    )
    .option('--endpoint <url>', 'where requesters reach its streams', '')
    .option(
      '--gpus <n>',
      'graphics cards declared; two tasks at once for each',
      integerOption(0, GPUS_MAX),
      1,
    )
    .option('--gpu-model <name>', 'their model, as declared', 'unspecified')
    .option('--bond <amount>', "the bond to reach; the chain's minimum when left out", amountOption)
    .option('--concurrency <n>', 'tasks in hand at once', integerOption(1, CONCURRENCY_MAX), 16)
    .option(
      '--drain <duration>',
      'a stop first finishes all that is assigned, for at most so long; 0: only what is being computed, for 5 s',
      durationOption,
      0,
    )
    .option('--check', 'only look whether it could work: nothing is registered, locked or spent')
    .action((options: RunOptions) => run(options, context))
    .addCommand(createList(context))
    .addCommand(createGet(context));
  for (const command of createProviderLifeCommands(context)) group.addCommand(command);
  return group;
};
