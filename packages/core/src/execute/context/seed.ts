import { namedHash } from '../../crypto/named-hash.ts';

/**
 * The seed of the draws of a block: hash(seed of the block before ‖ state root after it ‖ the block's own beacon). The
 * genesis hash stands for the seed of the genesis block. Not the parent's id: that one changes with every signature that
 * the parent's producer cares to make again, while another state root takes transactions that do something else.
 */
export const nextSeed = ({
  seed,
  stateRoot,
  beacon,
}: {
  readonly seed: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly beacon: Uint8Array;
}): Uint8Array => namedHash('Seed', seed, stateRoot, beacon);
