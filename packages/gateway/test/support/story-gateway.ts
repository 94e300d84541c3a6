import { createWasmEngine } from '@aivm/backends';
import { developmentAccounts } from '@aivm/sdk';
import { type ComputeBackend, createNetworkBackend, createStreamHub, serveStreams } from '@aivm/worker';
import { createNetworkChain, type NetworkChain } from '../../../worker/test/network/network-chain.ts';
import { until } from '../../../worker/test/support/test-chain.ts';
import {
  type ApiKey,
  createApiSecret,
  type Gateway,
  hashApiSecret,
  type ServeGatewayOptions,
  type SpendingLimits,
  serveGateway,
} from '../../src/index.ts';

/** A chain with the story decoder or another network, three providers that hold it, and a gateway over it. */
export interface StoryGateway {
  readonly chain: NetworkChain;
  readonly nodeUrl: string;
  readonly gateway: Gateway;
  /** Secrets by the name of their key. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where providers stream, if they do. */
  readonly streamUrl: string | undefined;
  close(): Promise<void>;
}

const PROVIDERS = [1, 2, 3] as const;
/** Pays for what the keys ask. */
export const PAYER = 7;

export interface StoryGatewayOptions extends Partial<ServeGatewayOptions> {
  readonly limits?: Readonly<Record<string, SpendingLimits>>;
  /** Whether providers stream their answers, and what becomes of their pieces. */
  readonly streams?: boolean;
  readonly alter?: (backend: ComputeBackend) => ComputeBackend;
  /** Instead of the story decoder. */
  readonly model?: { readonly name: string; readonly header: Uint8Array; readonly blob: Uint8Array };
}

export async function startStoryGateway({
  limits = {},
  streams: isStreaming = false,
  alter = (backend) => backend,
  model,
  ...options
}: StoryGatewayOptions = {}): Promise<StoryGateway> {
  const chain = await createNetworkChain(
    model?.name ?? 'story',
    model === undefined ? {} : { network: model },
  );
  const stop = new AbortController();
  const networks = chain.networksOf(createWasmEngine());
  const backend = alter(createNetworkBackend({ networks, nowMs: () => performance.now() }));
  const hub = createStreamHub();
  const server = isStreaming ? await serveStreams({ hub, node: chain.workerNode, port: 0 }) : undefined;
  const streams = server === undefined ? {} : { streams: { hub, endpoint: server.url } };
  const running = PROVIDERS.map((account) =>
    chain.startProvider({ id: `p-${account}`, account, networks, backend, ...streams }, stop.signal),
  );
  await until(() => running.every(({ events }) => events.some(({ kind }) => kind === 'holding')));
  const nodeUrl = chain.node.http?.url ?? '';
  const named: Record<string, SpendingLimits> = { open: {}, ...limits };
  const secrets = Object.fromEntries(Object.keys(named).map((name) => [name, createApiSecret()]));
  const keys: ApiKey[] = Object.entries(named).map(([name, of]) => ({
    name,
    hash: hashApiSecret(secrets[name] as string),
    account: 'payer',
    limits: of,
  }));
  const payer = developmentAccounts()[PAYER];
  if (payer === undefined) throw new Error('no such account');
  const gateway = await serveGateway({
    node: nodeUrl,
    accounts: new Map([['payer', payer]]),
    keys,
    port: 0,
    timeoutMs: 60_000,
    ...options,
  });
  return {
    ...{ chain, nodeUrl, gateway, secrets },
    streamUrl: server?.url,
    close: async () => {
      await gateway.close();
      stop.abort();
      await Promise.all(running.map(({ done }) => done));
      await server?.close();
      await chain.close();
    },
  };
}
