import { committeeReroller } from '../actors/committee-reroller.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { redundancyCartel } from '../actors/redundancy-cartel.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** People who buy tasks in order to sit in judgement over others. */
export const cartel: Scenario = {
  name: 'cartel',
  summary:
    'two of three: a cartel that outvotes strangers on its own tasks, and one that rolls panels until it likes them',
  plan: (random) => ({
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
      redundancyCartel(['c-1', 'c-2', 'c-3']),
      committeeReroller(['k-1', 'k-2']),
      requester({
        name: 'r-1',
        per100Rounds: random.between(2, 5),
        redundantPerMille: 300,
        echoPerMille: 200,
      }),
      watcher('w-1'),
    ],
  }),
};
