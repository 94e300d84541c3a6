import type { BlockContext } from '../context/block-context.ts';
import { maxBigint } from './money.ts';

/** Blocks that the fee's floor buys of waiting. */
const FLOOR_BLOCKS = 1_000;

/** The queue is cut into so many parts; each filled part beyond the first half multiplies the admission. */
const QUEUE_PARTS = 32;
const CHEAP_PARTS = QUEUE_PARTS / 2;
/** What each of those parts multiplies by. */
const SURGE = 4n;

/**
 * What admission costs more because the queue fills up: 4^k for k = max(0, ⌊32 × queueCount / maxTaskQueueSize⌋ − 16).
 * The first half of the queue has the plain price; the last place costs 4^15 times as much, so that nobody can afford to
 * keep others out, and nobody who waits is displaced.
 */
function surgeOf({ config }: Pick<BlockContext, 'config'>, queueCount: number): bigint {
  const filled = Math.floor((QUEUE_PARTS * queueCount) / config.maxTaskQueueSize);
  return SURGE ** BigInt(Math.max(0, filled - CHEAP_PARTS));
}

/** What the price of an admission depends on. */
export interface AdmissionTerms {
  readonly deadlineBlocks: number;
  readonly work: number;
  /** Tasks in the queue, this one left out. */
  readonly queueCount: number;
}

/**
 * What a task burns to be admitted: max(floor × ⌈deadlineBlocks / 1,000⌉, work × workPrice), times {@link surgeOf} the
 * queue. A fee of just that leaves nothing for a provider.
 */
export const admissionOf = (
  context: Pick<BlockContext, 'config' | 'params'>,
  { deadlineBlocks, work, queueCount }: AdmissionTerms,
): bigint =>
  surgeOf(context, queueCount) *
  maxBigint(
    context.params.feeFloor * BigInt(Math.ceil(deadlineBlocks / FLOOR_BLOCKS)),
    context.params.workPrice * BigInt(work),
  );
