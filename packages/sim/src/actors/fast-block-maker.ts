import type { Actor } from './actor.ts';

/** How a stretch of blocks bends time. */
type Bend = 'still' | 'ahead';

/** Seconds by which a proposer may be ahead of the clock. */
const SKEW_MAX = 10;

/**
 * Makes blocks as fast as time lets it: many with their parent's own second, so that windows counted in blocks pass in
 * no time, or ahead of the clock, so that epochs and timeouts come early. It leaves nobody's transactions out, so
 * honest answers and challenges, which count in blocks, must still be in time.
 */
export function fastBlockMaker(perMille: number): Actor {
  let until = 0;
  let bend: Bend = 'still';
  const actor: Actor = {
    kind: 'fast-block-maker',
    isHonest: false,
    identities: [],
    disturb(cluster, { round, random, isDraining, note }) {
      if (cluster.proposer === actor && (round >= until || isDraining)) cluster.proposer = undefined;
      if (isDraining || cluster.proposer !== undefined || !random.chance(perMille)) return;
      cluster.proposer = actor;
      until = round + random.between(3, 12);
      bend = random.pick(['still', 'ahead'] as const);
      note(bend);
    },
    // The builder raises what is below the parent's second to that second.
    propose: ({ pending, timestamp, build }) => build(pending, bend === 'still' ? 0 : timestamp + SKEW_MAX),
  };
  return actor;
}
