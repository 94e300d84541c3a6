import { carelessProposer } from '../actors/careless-proposer.ts';
import { forger } from '../actors/forger.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { queueFiller } from '../actors/queue-filler.ts';
import { randomProvider } from '../actors/random-provider.ts';
import { requester } from '../actors/requester.ts';
import { spammer } from '../actors/spammer.ts';
import { unbondRacer } from '../actors/unbond-racer.ts';
import { washFarmer } from '../actors/wash-farmer.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Everybody who wants something for nothing: spam, full queues, washed tasks, bonds that run, careless proposers. */
export const crowd: Scenario = {
  name: 'crowd',
  summary: 'spam, queue fillers, wash tasks, bonds that run away, forged and careless blocks',
  plan: (random) => ({
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      carelessProposer(random.between(100, 200)),
      forger(60),
      honestProvider('h-1'),
      honestProvider('h-2'),
      requester({ name: 'r-1', per100Rounds: random.between(20, 30), opaquePerMille: 100 }),
      watcher('w-1'),
      spammer('s-1'),
      queueFiller('q-1'),
      unbondRacer('racer-1', true),
      unbondRacer('racer-2', false),
      washFarmer('wash-1'),
      randomProvider('random-1'),
    ],
  }),
};
