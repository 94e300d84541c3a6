import type { Actor } from './actor.ts';

const DEPTH_MAX = 4;

/**
 * Consensus changes its mind: blocks are verified on one another, windows end and deadlines pass on that branch, and
 * then another block beside its first is decided. What the branch did must leave no trace.
 */
export const reorgFault = (perMille: number): Actor => ({
  kind: 'reorg-fault',
  isHonest: false,
  identities: [],
  disturb(cluster, { random, isDraining, note }) {
    if (isDraining || !random.chance(perMille)) return;
    const branchWins = random.chance(400);
    cluster.fork = { depth: random.between(1, DEPTH_MAX), branchWins };
    note(branchWins ? 'branch-wins' : 'branch-loses');
  },
});
