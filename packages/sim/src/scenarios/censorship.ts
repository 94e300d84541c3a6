import { censor } from '../actors/censor.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { reorgFault } from '../actors/reorg-fault.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** A proposer that leaves out answers, reveals and challenges, for less than a window or for longer. */
export const censorship: Scenario = {
  name: 'censorship',
  summary: 'a proposer that censors for k blocks, below and above the windows',
  plan: (random) => {
    const blocks = random.pick([2, 3, 12]);
    // Below every window the promises of the protocol hold; above, nobody promises them.
    const isShort = blocks <= 3;
    return {
      nodeCount: 2,
      conditions: CALM,
      guarantees: { watched: isShort, timely: false },
      config: { challengeWindowBlocks: 20, ...(isShort ? {} : { challengeWindowBlocks: 8 }) },
      actors: [
        censor(blocks),
        reorgFault(30),
        honestProvider('h-1'),
        honestProvider('h-2'),
        honestProvider('h-3'),
        requester({ name: 'r-1', per100Rounds: random.between(45, 60), redundantPerMille: 150 }),
        watcher('w-1'),
        lazyProvider('lazy-1', random.between(0, 40)),
        lazyProvider('lazy-2', random.between(60, 120)),
      ],
    };
  },
};
