import type { Actor } from './actor.ts';

const CUT_ROUNDS_MAX = 6;

/** The network falls apart for a while: a minority of the nodes reaches nobody else. */
export function partitionFault(perMille: number): Actor {
  let healsAt = 0;
  return {
    kind: 'partition-fault',
    isHonest: false,
    identities: [],
    disturb(cluster, { round, random, isDraining, note }) {
      if (cluster.network.isolated.size > 0) {
        if (round < healsAt && !isDraining) return;
        cluster.network.isolate([]);
        note('heal');
        return;
      }
      if (isDraining || !random.chance(perMille) || !cluster.canLoseOne()) return;
      cluster.network.isolate([random.pick(cluster.reachable()).index]);
      healsAt = round + random.between(2, CUT_ROUNDS_MAX);
      note('cut');
    },
  };
}
