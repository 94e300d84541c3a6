import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createReferenceEngine } from '@aivm/backends';
import { ZERO_32 } from '@aivm/core/bytes';
import { hashBlob, type Network, type NetworkInput } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import { createClient } from '@aivm/sdk';
import { lie } from '../../../core/test/network/support/liar.ts';
import {
  type ComputeBackend,
  createBlobCache,
  createNetworkBackend,
  createNetworkSource,
  type NetworkEngine,
  type NetworkSource,
  type ProviderEvent,
  runProvider,
  runWatcher,
  type StreamHub,
  type WatcherEvent,
} from '../../src/index.ts';
import { createTestChain, type TestChain, type TestChainOptions } from '../support/test-chain.ts';

const NO_BYTES = new Uint8Array(0);

const fileOf = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(fileURLToPath(new URL(`../../../../models/${name}`, import.meta.url))));

/** Which element of a trace a liar changes, and by which bit. */
export interface Lie {
  readonly tensor: number;
  readonly element: number;
  readonly bit: number;
}

/** The reference engine, but that one element of each trace has a wrong bit, from which everything else follows. */
export function lyingEngine({ tensor, element, bit }: Lie): NetworkEngine {
  const honest = createReferenceEngine();
  return {
    name: 'liar',
    load: (header, blob) => {
      const network = honest.load(header, blob);
      return {
        ...network,
        pass: async (parameters: { readonly network: Network; readonly input: NetworkInput }) => {
          const { bytes, output } = await network.pass(parameters);
          const lying = lie(parameters.network, parameters.input, blob, bytes, { tensor, element }, bit);
          return {
            bytes: lying,
            output: lying.subarray(output.byteOffset, output.byteOffset + output.length),
          };
        },
      };
    },
  };
}

/** A chain with one network, whose blob is at the node. */
export interface NetworkChain extends TestChain {
  readonly directory: string;
  networksOf(engine?: NetworkEngine): NetworkSource;
  startProvider(
    options: {
      readonly id: string;
      readonly account: number;
      readonly networks?: NetworkSource;
      /** Instead of the honest one over `networks`. */
      readonly backend?: ComputeBackend;
      readonly streams?: { readonly hub: StreamHub; readonly endpoint: string };
    },
    signal: AbortSignal,
  ): { readonly done: Promise<void>; readonly events: ProviderEvent[] };
  startWatcher(
    options: { readonly account: number; readonly networks?: NetworkSource },
    signal: AbortSignal,
  ): { readonly done: Promise<void>; readonly events: WatcherEvent[] };
}

/** What a test chain is made of; without `network` the model of that name in models/ is registered. */
export interface NetworkChainOptions extends TestChainOptions {
  readonly network?: { readonly header: Uint8Array; readonly blob: Uint8Array };
}

export async function createNetworkChain(
  name: string,
  options: NetworkChainOptions = {},
): Promise<NetworkChain> {
  const chain = await createTestChain({
    ...options,
    config: { challengeWindowBlocks: 300, taskTimeout: '6s', ...options.config },
  });
  const directory = await mkdtemp(join(tmpdir(), 'aivm-networks-'));
  const { header, blob } = options.network ?? {
    header: await fileOf(`${name}/${name}.header`),
    blob: await fileOf(`${name}/${name}.blob`),
  };
  const hash = hashBlob(blob);
  await chain.requester.send({
    kind: 'registerModel',
    id: name,
    name,
    modelType: 'network',
    capabilities: [],
    contextSize: 0,
    parameters: '',
    checkClass: CheckClass.int8Graph,
    deterministic: true,
    header,
    weights: NO_BYTES,
    weightHash: hash,
    licenseRoot: ZERO_32,
  });
  await createClient({ url: chain.node.http!.url }).putBlob({ hash, model: name, bytes: blob });
  const networksOf = (engine: NetworkEngine = createReferenceEngine()): NetworkSource =>
    createNetworkSource({
      node: chain.workerNode,
      engine,
      blobs: createBlobCache(chain.workerNode, directory),
    });
  return {
    ...chain,
    directory,
    networksOf,
    startProvider: ({ id, account, networks = networksOf(), backend, streams }, signal) => {
      const events: ProviderEvent[] = [];
      const sender = chain.senderOf(account);
      const done = runProvider(
        {
          ...{ id, wallet: sender.address, gpus: [], models: [], holds: [name], pollMs: 50 },
          endpoint: streams?.endpoint ?? '',
        },
        {
          node: chain.workerNode,
          sender,
          backend: backend ?? createNetworkBackend({ networks, nowMs: () => performance.now() }),
          networks,
          streams: streams?.hub,
          report: (event) => void events.push(event),
        },
        signal,
      );
      return { done, events };
    },
    startWatcher: ({ account, networks = networksOf() }, signal) => {
      const events: WatcherEvent[] = [];
      const done = runWatcher(
        { pollMs: 50 },
        {
          node: chain.workerNode,
          sender: chain.senderOf(account),
          backend: createNetworkBackend({ networks, nowMs: () => performance.now() }),
          networks,
          report: (event) => void events.push(event),
        },
        signal,
      );
      return { done, events };
    },
    close: async () => {
      await chain.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
