import { carelessProposer } from '../actors/careless-proposer.ts';
import { errorVoters } from '../actors/error-voter.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { oneOfOneIssuer } from '../actors/one-of-one-issuer.ts';
import { queueSquatter } from '../actors/queue-squatter.ts';
import { requester } from '../actors/requester.ts';
import { trifleConvictor } from '../actors/trifle-convictor.ts';
import { watcher } from '../actors/watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Terms that somebody bends: panels of one, bonds saved by a trifle, a queue bought whole, votes that cost no work. */
export const tricks: Scenario = {
  name: 'tricks',
  summary: 'panels of one seat, convictions on a trifle, a queue bought whole, members that say they cannot',
  plan: (random) => ({
    // Many providers: with a heartbeat of each in every 16 blocks a third of all transactions would be those.
    params: { heartbeatBlocks: 32 },
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      carelessProposer(100),
      ...['h-1', 'h-2', 'h-3', 'h-4'].map((id) => honestProvider(id)),
      requester({
        name: 'r-1',
        per100Rounds: random.between(20, 30),
        redundantPerMille: 350,
        echoPerMille: 500,
      }),
      watcher('w-1'),
      trifleConvictor('t-1'),
      oneOfOneIssuer(['o-1', 'o-2']),
      errorVoters(['e-1', 'e-2']),
      queueSquatter('q-1'),
    ],
  }),
};
