import { readFile } from 'node:fs/promises';
import { ZERO_32 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { CheckClass, ProviderStatus, readProvider, readTask, Settlement } from '@aivm/core/state';
import { createExplorerSite } from '@aivm/explorer';
import { createClient, createSender, developmentAccounts, type Wallet } from '@aivm/sdk';
import {
  type ComputeBackend,
  combineBackends,
  createInt8Backend,
  createNetworkBackend,
  type NetworkSource,
  runProvider,
  runWatcher,
} from '@aivm/worker';
import {
  createNetworkChain,
  lyingEngine,
  type NetworkChain,
} from '../../packages/worker/test/network/network-chain.ts';
import { until } from '../../packages/worker/test/support/test-chain.ts';

/** Text that would take over a page that believes it, or turn it around. */
export const HOSTILE = '</script><img src=x onerror=alert(1)><b>\u202egnp.exe\u200b';
/** Bytes of an input that no page should show in full. */
export const LARGE_BYTES = 60_000;

const NO_BYTES = new Uint8Array(0);
const TRIES_MAX = 40;
const WATCHER_ACCOUNT = 8;
const HOSTILE_ACCOUNT = 9;
const nowMs = (): number => performance.now();

/** A chain on which everything that the explorer shows has happened. */
export interface ExplorerWorld {
  /** Of the explorer, with a slash at its end. */
  readonly url: string;
  readonly chain: NetworkChain;
  /** Ids of tasks whose answers were lies: one that the chain computed again, one that a game judged. */
  readonly kernelLie: string;
  readonly networkLie: string;
  close(): Promise<void>;
}

/** An int8 backend that answers with one wrong number. */
function lyingInt8(): ComputeBackend {
  const honest = createInt8Backend({ nowMs });
  return {
    ...honest,
    name: 'lying int8',
    supports: (model) => honest.supports(model),
    run: async (job, options) => {
      const { output, computeTimeMs } = await honest.run(job, options);
      return { output: output.map((byte, i) => (i === 0 ? byte ^ 4 : byte)), computeTimeMs };
    },
  };
}

/** The people of the story, each on the loops that ship. */
class Cast {
  readonly #chain: NetworkChain;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #honest: NetworkSource;

  constructor(chain: NetworkChain) {
    this.#chain = chain;
    this.#honest = chain.networksOf();
  }

  #backend(networks: NetworkSource, int8: ComputeBackend): ComputeBackend {
    return combineBackends([int8, createNetworkBackend({ networks, nowMs })]);
  }

  provide(
    id: string,
    account: number,
    { networks = this.#honest, int8 = createInt8Backend({ nowMs }) } = {},
  ): void {
    const sender = this.#chain.senderOf(account);
    const identity = {
      id,
      wallet: sender.address,
      endpoint: '',
      gpus: [],
      models: [],
      holds: ['digits'],
      pollMs: 50,
    };
    const parts = { node: this.#chain.workerNode, sender, backend: this.#backend(networks, int8), networks };
    // The loop of a provider that is convicted ends with the refusal of its next operation.
    const isRefused = (error: unknown): boolean =>
      error instanceof AivmError && error.code === 'provider_slashed';
    const running = runProvider(identity, parts, this.#stop.signal).catch((error: unknown) => {
      if (!isRefused(error)) throw error;
    });
    this.#running.push(running);
  }

  watch(): void {
    const networks = this.#honest;
    const parts = {
      node: this.#chain.workerNode,
      sender: this.#chain.senderOf(WATCHER_ACCOUNT),
      backend: this.#backend(networks, createInt8Backend({ nowMs })),
      networks,
    };
    this.#running.push(runWatcher({ pollMs: 50 }, parts, this.#stop.signal));
  }

  async leave(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
  }
}

/** A model, a provider and a task of a stranger, named to do harm. Nobody works on the task. */
async function addStranger({ node, submit }: NetworkChain): Promise<void> {
  const wallet = developmentAccounts()[HOSTILE_ACCOUNT] as Wallet;
  const stranger = createSender({ client: createClient({ url: node.http?.url ?? '' }), wallet });
  await stranger.send({
    kind: 'registerModel',
    id: 'hostile-model',
    name: HOSTILE,
    modelType: '<b>\u202e',
    capabilities: ['<i>x\u202e'],
    contextSize: 0,
    parameters: '<script>\u202e',
    checkClass: CheckClass.opaque,
    deterministic: false,
    header: NO_BYTES,
    weights: NO_BYTES,
    weightHash: new Uint8Array(32).fill(7),
    licenseRoot: ZERO_32,
  });
  await stranger.send({
    kind: 'registerProvider',
    id: 'hostile-provider',
    walletAddress: wallet.addressBytes,
    endpoint: `https://x/${HOSTILE}`,
    gpus: [],
    models: ['hostile-model'],
    bond: 10n ** 18n,
  });
  const text = JSON.stringify({ [HOSTILE]: HOSTILE.repeat(3), long: 'x'.repeat(LARGE_BYTES) });
  await submit(['hostile-task'], { model: 'hostile-model', input: new TextEncoder().encode(text) });
}

const readSample = async (): Promise<Uint8Array> => {
  const url = new URL('../../models/digits/samples.csv', import.meta.url);
  const line = (await readFile(url, 'utf8')).split('\n')[1] as string;
  return Uint8Array.from(line.split(',').slice(0, 64), (cell) => Number(cell) & 0xff);
};

/** Submits tasks one after the other until this liar has been drawn and convicted. @returns the task that it lied about */
async function untilConvicted(
  chain: NetworkChain,
  liar: string,
  submit: (number: number) => Promise<string>,
): Promise<string> {
  const state = () => chain.node.api.state();
  for (let number = 1; number <= TRIES_MAX; number++) {
    const id = await submit(number);
    await until(() => (readTask(state(), id)?.postedAtHeight ?? 0) > 0, 60_000);
    if (readTask(state(), id)?.assignedTo !== liar) continue;
    await until(() => readProvider(state(), liar)?.status === ProviderStatus.slashed, 90_000);
    return id;
  }
  throw new Error(`${liar} was never drawn in ${TRIES_MAX} tasks`);
}

/** Plays the story: honest answers, two liars that are convicted, and a stranger who means harm. */
export async function createExplorerWorld({ blockTimeMs = 50 } = {}): Promise<ExplorerWorld> {
  const chain = await createNetworkChain('digits', {
    explorer: createExplorerSite(),
    blockTimeMs,
    hasDevelopmentAccounts: true,
    config: { challengeWindowBlocks: 120, epochDuration: '20s', merkleAnchorFreq: 50 },
  });
  const cast = new Cast(chain);
  cast.watch();
  for (const [i, id] of ['ada', 'grace', 'lynn'].entries()) cast.provide(id, 1 + i);
  cast.provide('mallory', 4, { int8: lyingInt8() });
  cast.provide('oscar', 5, { networks: chain.networksOf(lyingEngine({ tensor: 2, element: 1, bit: 6 })) });
  await until(() => readProvider(chain.node.api.state(), 'oscar') !== undefined);
  await addStranger(chain);
  const sample = await readSample();
  const kernelLie = await untilConvicted(chain, 'mallory', async (number) => {
    await chain.submit([`tumour-${number}`]);
    return `tumour-${number}`;
  });
  await chain.submit(['panel-1'], { mode: 1, n: 3, fee: 5_000_000n });
  const networkLie = await untilConvicted(chain, 'oscar', async (number) => {
    await chain.submit([`digit-${number}`], { model: 'digits', input: sample, fee: 1_000_000_000n });
    return `digit-${number}`;
  });
  await chain.submit(['tumour-final']);
  await until(
    () => readTask(chain.node.api.state(), 'tumour-final')?.settlement === Settlement.final,
    60_000,
  );
  await chain.submit(['tumour-open-1', 'tumour-open-2']);
  return {
    url: (chain.node.http?.url ?? '').replace(/rpc$/, 'explorer/'),
    chain,
    kernelLie,
    networkLie,
    close: async () => {
      await cast.leave();
      await chain.close();
    },
  };
}
