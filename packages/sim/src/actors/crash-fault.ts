import type { Actor } from './actor.ts';

/** Rounds that a machine stays down. */
const DOWN_ROUNDS_MAX = 5;

/** Machines lose power: at once, or in the middle of writing a block, before or after it reached the disk. */
export function crashFault(perMille: number): Actor {
  const downUntil = new Map<number, number>();
  return {
    kind: 'crash-fault',
    isHonest: false,
    identities: [],
    async disturb(cluster, { round, random, isDraining, note }) {
      for (const node of cluster.nodes) {
        if (node.isUp) continue;
        const until = downUntil.get(node.index) ?? round + random.between(1, DOWN_ROUNDS_MAX);
        downUntil.set(node.index, until);
        if (round < until) continue;
        downUntil.delete(node.index);
        await node.start();
        note('restart');
      }
      if (isDraining || !random.chance(perMille) || !cluster.canLoseOne()) return;
      const victim = random.pick(cluster.reachable());
      const moment = random.pick(['now', 'before', 'after'] as const);
      note(`crash-${moment}`);
      if (moment === 'now') victim.die();
      else victim.dieAtNextWrite(moment);
    },
  };
}
