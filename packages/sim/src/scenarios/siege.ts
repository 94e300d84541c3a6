import { bondHolder } from '../actors/bond-holder.ts';
import { committeeCrowder } from '../actors/committee-crowder.ts';
import { drawStarver } from '../actors/draw-starver.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Whoever wants to judge alone: by holding the time, the bonds or the draws of everybody else. */
export const siege: Scenario = {
  name: 'siege',
  summary:
    'honest members kept busy, their bonds bound, the draws of blocks eaten, and lies judged meanwhile',
  plan: (random) => ({
    config: { challengeWindowBlocks: 12, maxTasksPerProvider: 12 },
    params: { heartbeatBlocks: 32, assignmentTriesPerBlock: 40 },
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      ...['h-1', 'h-2', 'h-3', 'h-4', 'h-5'].map((id) => honestProvider(id)),
      requester({
        name: 'r-1',
        per100Rounds: random.between(20, 30),
        redundantPerMille: 200,
        echoPerMille: 600,
      }),
      watcher('w-1'),
      committeeCrowder(['c-1', 'c-2']),
      random.chance(500) ? bondHolder('b-1') : drawStarver('d-1'),
    ],
  }),
};
