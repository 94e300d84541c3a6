import { crashFault } from '../actors/crash-fault.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { meddler } from '../actors/meddler.ts';
import { reorgFault } from '../actors/reorg-fault.ts';
import { requester } from '../actors/requester.ts';
import { vertexProducers } from '../actors/vertex-producers.ts';
import { watcher } from '../actors/watcher.ts';
import { ROUGH } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** A graph of vertices under the blocks: whatever order machines hear of them in, the blocks say the same. */
export const vertices: Scenario = {
  name: 'vertices',
  summary:
    'several machines make vertices at once, which fight over tasks and arrive in any order; machines crash',
  plan: (random) => ({
    config: { taskTimeout: '16s', challengeWindowBlocks: 16 },
    params: { maxDeadlineBlocks: 80, revealBlocks: 16 },
    nodeCount: 3,
    conditions: ROUGH,
    guarantees: { watched: true, timely: true },
    actors: [
      crashFault(random.between(10, 30)),
      reorgFault(random.between(20, 60)),
      vertexProducers(random.between(400, 800)),
      honestProvider('h-1'),
      honestProvider('h-2'),
      honestProvider('h-3'),
      requester({
        name: 'r-1',
        per100Rounds: random.between(35, 46),
        redundantPerMille: 100,
        cancelPerMille: 30,
      }),
      meddler('m-1'),
      watcher('w-1'),
      lazyProvider('lazy-1', random.between(0, 60)),
    ],
  }),
};
