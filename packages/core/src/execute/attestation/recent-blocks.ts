import { stateKeys } from '../../state/keys.ts';
import { readRecord } from '../../state/read.ts';
import { recentBlockCodec } from '../../state/records/collateral.ts';
import type { BlockContext } from '../context/block-context.ts';
import { attestationTimeoutBlocks } from '../context/durations.ts';

/** Puts the parent's id into the ring of ids that nonces are made of; the oldest one leaves it. */
export function recordParentBlock(context: BlockContext): void {
  const { state, config, params, height, parentId } = context;
  const place = (height - 1) % attestationTimeoutBlocks(config, params);
  state.setRecord(stateKeys.recentBlock(place), recentBlockCodec, { height: height - 1, id: parentId });
}

/**
 * The id of a block that evidence in the present block may answer: the parent, or one at most attestationTimeout before
 * it. @returns undefined for any other height.
 */
export function recentBlockId(context: BlockContext, height: number): Uint8Array | undefined {
  // A pool's dry run has not begun the block, so the ring does not hold the parent yet.
  if (height === context.height - 1) return context.parentId;
  const size = attestationTimeoutBlocks(context.config, context.params);
  if (height >= context.height || height < context.height - size) return undefined;
  const recent = readRecord(context.state, stateKeys.recentBlock(height % size), recentBlockCodec);
  return recent?.height === height ? recent.id : undefined;
}
