import { honestProvider } from '../actors/honest-provider.ts';
import { junkVertexMaker } from '../actors/junk-vertex-maker.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { requester } from '../actors/requester.ts';
import { VertexHost } from '../actors/vertex-host.ts';
import { vertexProducers } from '../actors/vertex-producers.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Vertices of those who have no coins, beside vertices and transactions of everybody else. */
export const junk: Scenario = {
  name: 'junk',
  summary: 'vertices of transactions that nobody can pay for, in blocks that are small',
  plan: (random) => {
    const host = new VertexHost();
    return {
      params: { maxBlockTransactions: 64 },
      nodeCount: 2,
      conditions: CALM,
      guarantees: { watched: true, timely: true },
      actors: [
        junkVertexMaker(random.between(100, 300), host),
        vertexProducers(random.between(200, 400), host),
        honestProvider('h-1'),
        honestProvider('h-2'),
        honestProvider('h-3'),
        requester({ name: 'r-1', per100Rounds: random.between(40, 55), redundantPerMille: 100 }),
        watcher('w-1'),
        lazyProvider('lazy-1', random.between(0, 60)),
      ],
    };
  },
};
