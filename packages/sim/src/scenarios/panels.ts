import { copyingProvider } from '../actors/copying-provider.ts';
import { griefingWatcher } from '../actors/griefing-watcher.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { meddler } from '../actors/meddler.ts';
import { neverCommitting } from '../actors/never-committing.ts';
import { randomProvider } from '../actors/random-provider.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { withholdingReveal } from '../actors/withholding-reveal.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Redundant tasks and committees, with members that are silent, withhold, copy and guess. */
export const panels: Scenario = {
  name: 'panels',
  summary: 'redundant tasks and committees with silent, withholding, copying and guessing members',
  plan: (random) => ({
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      ...['h-1', 'h-2', 'h-3', 'h-4', 'h-5'].map((id) => honestProvider(id)),
      requester({
        name: 'r-1',
        per100Rounds: random.between(13, 18),
        redundantPerMille: 450,
        echoPerMille: 500,
        cancelPerMille: 20,
      }),
      watcher('w-1'),
      meddler('m-1'),
      griefingWatcher('g-1', 300),
      neverCommitting('never-1'),
      withholdingReveal('withhold-1'),
      copyingProvider('copy-1'),
      randomProvider('random-1'),
    ],
  }),
};
