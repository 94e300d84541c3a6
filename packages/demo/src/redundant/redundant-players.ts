import { AivmError } from '@aivm/core/errors';
import { type Client, createSender } from '@aivm/sdk';
import {
  type ComputeBackend,
  createInt8Backend,
  createSdkNode,
  createSdkSender,
  type OperationSender,
  runProvider,
} from '@aivm/worker';
import { type RunningCast, untilConvicted, walletOf } from '../optimistic/start-cast.ts';
import { DEMO_GPUS } from '../story/cast.ts';
import { createDishonestBackend } from '../story/dishonest-backend.ts';
import { REDUNDANT_CAST } from './redundant-cast.ts';
import { runCopier } from './redundant-copier.ts';

const POLL_MS = 50;
/** As many as a provider may hold. */
const CONCURRENCY = 10;

interface Player {
  readonly id: string;
  readonly account: number;
}

/** Sends everything but reveals. */
const withoutReveals = (sender: OperationSender): OperationSender => ({
  ...sender,
  send: (operation, options) =>
    operation.kind === 'revealResult'
      ? Promise.reject(new AivmError('not_supported', 'this provider shows nothing'))
      : sender.send(operation, options),
});

const idle: ComputeBackend = {
  name: 'idle',
  supports: () => true,
  run: () => Promise.reject(new Error('this provider does nothing')),
};

/** Starts five honest providers, the liar, the absent one, the withholder and the copier. */
export function startRedundantCast(options: {
  readonly createClient: () => Client;
  readonly bond: bigint;
  readonly signal: AbortSignal;
  readonly onRefused: (taskId: string, code: string) => void;
}): RunningCast {
  const { createClient, bond, signal, onRefused } = options;
  const honest = createInt8Backend({ nowMs: () => performance.now() });
  const start = (
    player: Player,
    backend: ComputeBackend,
    wrap: (sender: OperationSender) => OperationSender = (sender) => sender,
  ): Promise<void> => {
    const wallet = walletOf(player);
    const client = createClient();
    const identity = {
      id: player.id,
      wallet: wallet.addressBytes,
      endpoint: '',
      gpus: DEMO_GPUS,
      models: [],
    };
    return runProvider(
      { ...identity, bond, concurrency: CONCURRENCY, pollMs: POLL_MS },
      {
        node: createSdkNode(client),
        sender: wrap(createSdkSender(createSender({ client, wallet }))),
        backend,
      },
      signal,
    );
  };
  const { liar, absent, withholder, copier } = REDUNDANT_CAST;
  const parts = REDUNDANT_CAST.honest.map((player) => start(player, honest));
  parts.push(untilConvicted(start(liar, createDishonestBackend(honest))));
  parts.push(start(absent, idle), start(withholder, honest, withoutReveals));
  parts.push(
    runCopier({ id: copier.id, bond, client: createClient(), wallet: walletOf(copier), signal, onRefused }),
  );
  return { ended: Promise.all(parts).then(() => undefined) };
}
