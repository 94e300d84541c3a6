import { griefingWatcher, sybilChallengers } from '../actors/griefing-watcher.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { lastBlockMover } from '../actors/last-block-mover.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { requester } from '../actors/requester.ts';
import { selfAccuser } from '../actors/self-accuser.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Every player accuses every provider, its own included, and at the last moment. */
export const courtroom: Scenario = {
  name: 'courtroom',
  summary: 'slander, many names on one result, accusations of oneself, and moves in the last block',
  plan: (random) => ({
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      honestProvider('h-1'),
      honestProvider('h-2'),
      honestProvider('h-3'),
      honestProvider('h-4'),
      selfAccuser('s-1', 'truth'),
      selfAccuser('s-2', 'laundering'),
      lastBlockMover('last-1'),
      lazyProvider('lazy-1', random.between(20, 80)),
      griefingWatcher('g-1', random.between(50, 200)),
      sybilChallengers('y-1', 4),
      requester({
        name: 'r-1',
        per100Rounds: random.between(25, 36),
        redundantPerMille: 50,
        echoPerMille: 250,
        opaquePerMille: 100,
      }),
      watcher('w-1', { judgesOpaque: random.chance(500) }),
    ],
  }),
};
