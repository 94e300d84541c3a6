import { honestProvider } from '../actors/honest-provider.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { meddler } from '../actors/meddler.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** The plain market under the optimistic window, with somebody who lies in it. */
export const market: Scenario = {
  name: 'market',
  summary: 'one provider a task, a window, a watcher, and providers that do not compute',
  plan: (random) => ({
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      honestProvider('h-1'),
      honestProvider('h-2'),
      honestProvider('h-3'),
      requester({
        name: 'r-1',
        per100Rounds: random.between(50, 70),
        opaquePerMille: 200,
        cancelPerMille: 30,
      }),
      watcher('w-1'),
      meddler('m-1'),
      lazyProvider('lazy-1'),
      lazyProvider('lazy-2', random.between(40, 120)),
    ],
  }),
};
