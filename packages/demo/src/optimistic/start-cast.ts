import { AivmError } from '@aivm/core/errors';
import { type Client, createSender, developmentAccounts, type Wallet } from '@aivm/sdk';
import {
  type ComputeBackend,
  createInt8Backend,
  createSdkNode,
  createSdkSender,
  runProvider,
  runWatcher,
  type WatcherEvent,
} from '@aivm/worker';
import { CAST, DEMO_GPUS } from '../story/cast.ts';
import { createDishonestBackend } from '../story/dishonest-backend.ts';

const POLL_MS = 50;
const CONCURRENCY = 10;

/** Everybody who acts on the chain besides the requester. */
export interface RunningCast {
  /** Rejects when somebody honest fails; resolves once all have stopped. */
  readonly ended: Promise<void>;
}

/** The wallet of one of the cast. */
export const walletOf = ({ account }: { readonly account: number }): Wallet =>
  developmentAccounts()[account] as Wallet;

function startProvider(
  player: { readonly id: string; readonly account: number },
  backend: ComputeBackend,
  { client, signal }: { client: Client; signal: AbortSignal },
): Promise<void> {
  const wallet = walletOf(player);
  return runProvider(
    {
      id: player.id,
      wallet: wallet.addressBytes,
      endpoint: '',
      gpus: DEMO_GPUS,
      models: [],
      concurrency: CONCURRENCY,
      pollMs: POLL_MS,
    },
    { node: createSdkNode(client), sender: createSdkSender(createSender({ client, wallet })), backend },
    signal,
  );
}

/** The liar's end is part of the story: once convicted, nothing that it sends is taken. */
export async function untilConvicted(run: Promise<void>): Promise<void> {
  try {
    await run;
  } catch (error) {
    if (!(error instanceof AivmError) || error.code !== 'provider_slashed') throw error;
  }
}

/** Starts three honest providers, the liar and, unless `watches` is false, the watcher. */
export function startCast(options: {
  readonly createClient: () => Client;
  readonly watches: boolean;
  readonly signal: AbortSignal;
  readonly onWatcherEvent: (event: WatcherEvent) => void;
}): RunningCast {
  const { createClient, signal, onWatcherEvent } = options;
  const honest = createInt8Backend({ nowMs: () => performance.now() });
  const parts = CAST.honest.map((player) =>
    startProvider(player, honest, { client: createClient(), signal }),
  );
  const liar = startProvider(CAST.liar, createDishonestBackend(honest), { client: createClient(), signal });
  parts.push(untilConvicted(liar));
  if (options.watches) {
    const client = createClient();
    const sender = createSdkSender(createSender({ client, wallet: walletOf(CAST.watcher) }));
    const dependencies = { node: createSdkNode(client), sender, backend: honest, report: onWatcherEvent };
    parts.push(runWatcher({}, dependencies, signal));
  }
  return { ended: Promise.all(parts).then(() => undefined) };
}
