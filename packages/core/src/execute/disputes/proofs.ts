import type { BlockContext } from '../context/block-context.ts';

/** Whether a proof of this block convicted the provider: until the block's end others may prove the same. */
export const isConvictedInThisBlock = ({ proofs }: BlockContext, providerId: string): boolean =>
  proofs.some(({ provider }) => provider === providerId);
