import { type NetworkEngine, runWatcher } from '@aivm/worker';
import { honestBackend, withNetworks } from '../../world/backends.ts';
import { identityOf } from '../../world/identity.ts';
import type { ProgramOptions } from './program.ts';
import { ShippedWorker } from './shipped-worker.ts';

const POLL_MS = 10_000;
const GAME_POLL_MS = 2_000;

/** The watcher's loop of the worker package, as it ships. */
export function shippedWatcher(
  name: string,
  {
    engine,
    kind = 'shipped-watcher',
    isHonest = true,
    ...options
  }: ProgramOptions & {
    readonly crashPerMille?: number;
    /** Judges results of networks by this. */
    readonly engine?: NetworkEngine;
    readonly kind?: string;
    readonly isHonest?: boolean;
  } = {},
): ShippedWorker {
  return new ShippedWorker({
    ...options,
    kind,
    isHonest,
    name,
    identity: identityOf(`watcher/${name}`),
    run: ({ life: { clock }, node, operations: sender }, note) => {
      const report = (event: { readonly kind: string }): void => note(event.kind);
      const parts = withNetworks({ backend: honestBackend, engine, node });
      const dependencies = { node, sender, clock, report, ...parts };
      return runWatcher(
        { pollMs: POLL_MS, gamePollMs: GAME_POLL_MS },
        dependencies,
        new AbortController().signal,
      );
    },
  });
}
