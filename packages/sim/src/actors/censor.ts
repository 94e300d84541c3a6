import type { Transaction } from '@aivm/core/tx';
import type { Actor } from './actor.ts';

const CENSORED: ReadonlySet<Transaction['operation']['kind']> = new Set([
  'challenge',
  'submitResult',
  'revealResult',
]);

/** Has the proposer's turn for `blocks` rounds now and then, and leaves out every answer, reveal and challenge. */
export function censor(blocks: number): Actor {
  let until = 0;
  const self: Actor = {
    kind: 'censor',
    isHonest: false,
    identities: [],
    disturb(cluster, { round, random, isDraining }) {
      if (cluster.proposer === self && (round >= until || isDraining)) cluster.proposer = undefined;
      if (cluster.proposer !== undefined || isDraining || !random.chance(40)) return;
      cluster.proposer = self;
      until = round + blocks;
    },
    propose({ pending, build, round }) {
      const kept = pending.filter(({ operation }) => !CENSORED.has(operation.kind));
      if (kept.length === pending.length) return undefined;
      round.note('censored');
      const block = build(kept);
      return block.transactions.length === 0 ? undefined : block;
    },
  };
  return self;
}
