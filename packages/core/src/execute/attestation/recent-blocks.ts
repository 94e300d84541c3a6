import { stateKeys } from '../../state/keys.ts';
import { readRecord } from '../../state/read.ts';
import { recentBlockCodec } from '../../state/records/collateral.ts';
import type { BlockContext } from '../context/block-context.ts';
import { attestationTimeoutBlocks } from '../context/durations.ts';

/** Ids that the ring holds: as many as the longest-lived nonce needs. */
const ringSize = ({ config, params }: BlockContext): number =>
  Math.max(attestationTimeoutBlocks(config, params), params.holdNonceBlocks);

/** Puts the parent's id into the ring of ids that nonces are made of; the oldest one leaves it. */
export function recordParentBlock(context: BlockContext): void {
  const { state, height, parentId } = context;
  const place = (height - 1) % ringSize(context);
  state.setRecord(stateKeys.recentBlock(place), recentBlockCodec, { height: height - 1, id: parentId });
}

/**
 * The id of a block that evidence in the present block may answer: the parent, or one at most attestationTimeout before
 * it. @returns undefined for any other height.
 */
export const recentBlockId = (context: BlockContext, height: number): Uint8Array | undefined =>
  blockIdWithin(context, height, attestationTimeoutBlocks(context.config, context.params));

/** The id of a block at most `blocks` before the present one. @returns undefined for any other height. */
export function blockIdWithin(context: BlockContext, height: number, blocks: number): Uint8Array | undefined {
  // A pool's dry run has not begun the block, so the ring does not hold the parent yet.
  if (height === context.height - 1) return context.parentId;
  if (height >= context.height || height < context.height - blocks) return undefined;
  const place = height % ringSize(context);
  const recent = readRecord(context.state, stateKeys.recentBlock(place), recentBlockCodec);
  return recent?.height === height ? recent.id : undefined;
}
