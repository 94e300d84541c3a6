import type { BlockHeader } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';

/** How blocks of a chain under a foreign host keep to the clock. */
export interface Pace {
  readonly minBlockIntervalMs: number;
  /** How far ahead of the clock a block may be. */
  readonly maxSkewMs: number;
}

/** The earliest time, in whole seconds, of a block on `parent`. */
export const earliestTimestamp = (parent: BlockHeader, { minBlockIntervalMs }: Pace): number =>
  parent.timestamp + Math.ceil(minBlockIntervalMs / 1_000);

/**
 * A block keeps its distance from its parent and, once the node follows the network live, is not from the future:
 * blocks of the past are what bootstrapping replays.
 * @throws AivmError `block_invalid`.
 */
export function checkPace(
  header: BlockHeader,
  parent: BlockHeader,
  { pace, nowMs }: { readonly pace: Pace; readonly nowMs: number | undefined },
): void {
  const earliest = earliestTimestamp(parent, pace);
  if (header.timestamp < earliest) {
    throw new AivmError('block_invalid', `timestamp: ${header.timestamp}, not before ${earliest}`);
  }
  if (nowMs !== undefined && header.timestamp * 1_000 > nowMs + pace.maxSkewMs) {
    throw new AivmError('block_invalid', `timestamp: ${header.timestamp} is too far ahead of the clock`);
  }
}
