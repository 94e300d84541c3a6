import type { BlockContext } from '../context/block-context.ts';
import { maxBigint } from './money.ts';

/** Blocks that the fee's floor buys of waiting. */
const FLOOR_BLOCKS = 1_000;

/**
 * What a task burns to be admitted: max(floor × ⌈deadlineBlocks / 1,000⌉, work × workPrice). A fee of just that leaves
 * nothing for a provider.
 */
export const admissionOf = (
  context: Pick<BlockContext, 'params'>,
  { deadlineBlocks, work }: { readonly deadlineBlocks: number; readonly work: number },
): bigint =>
  maxBigint(
    context.params.feeFloor * BigInt(Math.ceil(deadlineBlocks / FLOOR_BLOCKS)),
    context.params.workPrice * BigInt(work),
  );
