import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, Wallet } from '@aivm/sdk';
import type { ComputeBackend, NetworkSource, WorkerNode } from '@aivm/worker';
import type { CliContext } from '../cli-context.ts';
import { type EngineSurroundings, openNetworkEngine } from '../network-options.ts';
import type { Output } from '../output.ts';
import { publishNetwork } from './model-publish.ts';

/** Operators that must hold a network before a task of it is taken. */
export const HOLDERS_MIN = 3;

interface DevnetProvidersOptions {
  readonly providers: number;
  /** Directories of networks that they hold. */
  readonly network: readonly string[];
}

/** What providers of one process share: weights and traces are in memory once. */
interface Shared {
  readonly backend: ComputeBackend;
  readonly networks: NetworkSource | undefined;
}

async function openShared(
  node: WorkerNode,
  holds: readonly string[],
  cache: string | undefined,
  surroundings: EngineSurroundings,
): Promise<Shared> {
  const worker = await import('@aivm/worker');
  const nowMs = () => performance.now();
  const int8 = worker.createInt8Backend({ nowMs });
  if (holds.length === 0 || cache === undefined) return { backend: int8, networks: undefined };
  const networks = worker.createNetworkSource({
    node,
    engine: await openNetworkEngine(surroundings),
    blobs: worker.createBlobCache(node, cache),
  });
  const network = worker.createNetworkBackend({ networks, nowMs });
  return { backend: worker.combineBackends([int8, network]), networks };
}

async function publishAll(
  directories: readonly string[],
  client: Client,
  wallet: Wallet,
  context: CliContext,
): Promise<readonly string[]> {
  const { createSender } = await import('@aivm/sdk');
  const sender = createSender({ client, wallet });
  const ids: string[] = [];
  for (const directory of directories) {
    const options = { client, openSender: async () => sender, signal: context.signal, capabilities: [] };
    ids.push((await publishNetwork(directory, options)).id);
  }
  return ids;
}

/**
 * Providers in this process, for users who only want to submit tasks: `devnet-1` is operated by account 9, and so on down.
 * Networks are published by account 0. @returns what each provider runs until it is stopped
 */
export async function startDevnetProviders(
  { providers: count, network }: DevnetProvidersOptions,
  url: string,
  context: CliContext,
  output: Output,
): Promise<readonly Promise<void>[]> {
  if (count === 0) return [];
  const { createClient, createSender, developmentAccounts } = await import('@aivm/sdk');
  const { createSdkNode, createSdkSender, createStreamHub, runProvider, serveStreams } = await import(
    '@aivm/worker'
  );
  const accounts = developmentAccounts();
  const client = createClient({ url });
  const holds = await publishAll(network, client, accounts[0] as Wallet, context);
  const cache = holds.length === 0 ? undefined : await mkdtemp(join(tmpdir(), 'aivm-devnet-blobs-'));
  const node = createSdkNode(client);
  const { backend, networks } = await openShared(node, holds, cache, {
    env: context.env,
    note: (line) => output.note(line),
  });
  const hub = createStreamHub();
  const streams = holds.length === 0 ? undefined : await serveStreams({ hub, node, port: 0 });
  context.signal.addEventListener('abort', () => void streams?.close(), { once: true });
  const held = new Map<string, number>();
  const onHolding = (model: string): void => {
    held.set(model, (held.get(model) ?? 0) + 1);
    if (held.get(model) !== count) return;
    output.line(`${model}: ${count} providers hold it`);
    output.json({ event: 'held', model, providers: count });
  };
  return Array.from({ length: count }, async (_, i) => {
    const wallet = accounts[accounts.length - 1 - i] as Wallet;
    const identity = {
      id: `devnet-${i + 1}`,
      wallet: wallet.addressBytes,
      endpoint: streams?.url ?? '',
      gpus: [],
      models: [],
      holds,
    };
    const sender = createSdkSender(createSender({ client: createClient({ url }), wallet }));
    await runProvider(
      identity,
      {
        node,
        sender,
        backend,
        networks,
        streams: hub,
        report: (event) => {
          if (event.kind === 'holding') onHolding(event.model);
        },
      },
      context.signal,
    ).finally(() => (cache === undefined ? undefined : rm(cache, { recursive: true, force: true })));
  });
}
