import type { Actor } from './actor.ts';

/** Puts into its blocks what no pool takes: operations that fail in the block, pay for it and must change nothing. */
export function carelessProposer(perMille: number): Actor {
  let hadTurn = false;
  const self: Actor = {
    kind: 'careless-proposer',
    isHonest: false,
    identities: [],
    disturb(cluster, { random, isDraining }) {
      if (hadTurn && cluster.proposer === self) {
        cluster.proposer = undefined;
        cluster.sneaked.length = 0;
      }
      hadTurn = false;
      if (isDraining || cluster.proposer !== undefined || !random.chance(perMille)) return;
      cluster.proposer = self;
      hadTurn = true;
    },
    propose({ pending, sneaked, build, round }) {
      if (sneaked.length === 0) return undefined;
      const block = build([...sneaked, ...pending]);
      if (block.transactions.length === 0) return undefined;
      round.note('careless-block');
      return block;
    },
  };
  return self;
}
