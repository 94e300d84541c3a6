import { colludingMajority, colludingMinority } from '../actors/colluders.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Panels of five in which some agree on a lie: too few to carry one, or enough. */
export const collusion: Scenario = {
  name: 'collusion',
  summary: 'three of five: gangs that agree on lies, smaller and larger than a majority',
  plan: (random) => ({
    // Half of the chains let nobody do two things at once: panels that begin to fill then wait for each other.
    config: { redundancyFactor: 3, ...(random.chance(500) ? { maxTasksPerProvider: 1 } : {}) },
    // Many providers: with a heartbeat of each in every 16 blocks a third of all transactions would be those.
    params: { heartbeatBlocks: 32 },
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      honestProvider('h-1'),
      honestProvider('h-2'),
      honestProvider('h-3'),
      honestProvider('h-4'),
      honestProvider('h-5'),
      honestProvider('h-6'),
      random.chance(500)
        ? colludingMinority(['c-1', 'c-2'])
        : colludingMajority(['c-1', 'c-2', 'c-3', 'c-4', 'c-5']),
      requester({
        name: 'r-1',
        per100Rounds: random.between(7, 10),
        redundantPerMille: 700,
        echoPerMille: 600,
      }),
      watcher('w-1'),
    ],
  }),
};
