import { type ComputeBackend, type NetworkEngine, runProvider } from '@aivm/worker';
import { honestBackend, lyingBackend, withNetworks } from '../../world/backends.ts';
import { identityOf } from '../../world/identity.ts';
import { lyingEngine, NETWORK_MODEL } from '../../world/sim-network.ts';
import type { ProgramOptions } from './program.ts';
import { ShippedWorker } from './shipped-worker.ts';

/** Pace of looking at the height, for heartbeats: a period of them is sixteen blocks. */
const POLL_MS = 10_000;
const GAME_POLL_MS = 2_000;

export interface ShippedProviderOptions extends ProgramOptions {
  readonly crashPerMille?: number;
  readonly backend?: ComputeBackend;
  /** Holds the network of the simulation, and computes it by this. */
  readonly engine?: NetworkEngine;
  readonly kind?: string;
  readonly isHonest?: boolean;
}

/** The provider's loop of the worker package, as it ships. */
export function shippedProvider(id: string, options: ShippedProviderOptions = {}): ShippedWorker {
  const { kind = 'shipped-provider', isHonest = true, backend = honestBackend, engine, ...program } = options;
  const identity = identityOf(`operator/${id}`);
  const provider = { id, wallet: identity.address, endpoint: 'sim:', gpus: [], models: [], pollMs: POLL_MS };
  return new ShippedWorker({
    ...program,
    kind,
    isHonest,
    name: id,
    identity,
    run: ({ life: { clock }, node, operations: sender }, note) => {
      const report = (event: { readonly kind: string }): void => note(event.kind);
      const parts = withNetworks({ backend, engine, node });
      const holds = engine === undefined ? [] : [NETWORK_MODEL];
      const dependencies = { node, sender, clock, report, ...parts };
      return runProvider(
        { ...provider, holds, gamePollMs: GAME_POLL_MS },
        dependencies,
        new AbortController().signal,
      );
    },
  });
}

/** The same with an engine of networks whose traces agree with its wrong answers. */
export const shippedNetworkLiar = (id: string): ShippedWorker =>
  shippedProvider(id, { kind: 'shipped-liar', isHonest: false, engine: lyingEngine });

/** The same with a backend that lies in some tasks. */
export const shippedLiar = (id: string, isLie: (taskId: string) => boolean): ShippedWorker =>
  shippedProvider(id, { kind: 'shipped-liar', isHonest: false, backend: lyingBackend(isLie) });
