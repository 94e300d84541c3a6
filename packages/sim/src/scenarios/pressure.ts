import { fastBlockMaker } from '../actors/fast-block-maker.ts';
import { freeQueueBlocker } from '../actors/free-queue-blocker.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { lastBlockMover } from '../actors/last-block-mover.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { requester } from '../actors/requester.ts';
import { selfAccuser } from '../actors/self-accuser.ts';
import { tableGrinder } from '../actors/table-grinder.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Shared resources that one player wants alone: time, the queue, the kernels' tables. */
export const pressure: Scenario = {
  name: 'pressure',
  summary: 'a proposer that bends time, a queue blocked for nothing, model roots that collide',
  plan: (random) => ({
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      fastBlockMaker(random.between(20, 80)),
      freeQueueBlocker('b-1'),
      tableGrinder('t-1'),
      honestProvider('h-1'),
      honestProvider('h-2'),
      honestProvider('h-3'),
      lastBlockMover('last-1'),
      selfAccuser('s-3', 'truth'),
      lazyProvider('lazy-1', random.between(0, 60)),
      requester({ name: 'r-1', per100Rounds: random.between(12, 20), redundantPerMille: 100 }),
      watcher('w-1'),
    ],
  }),
};
