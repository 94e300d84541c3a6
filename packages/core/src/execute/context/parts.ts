import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from './block-context.ts';

/** What parts depend on. */
export type Prices = Pick<BlockContext, 'params'>;

/**
 * What a seat of a panel or a committee is paid: max(fee, seatFee). The requester or the challenger prepays it. The same amount
 * measures what a seat loses by absence, divergence and silence, so that a seat is worth its duty whatever the task pays.
 */
export const seatPart = ({ params }: Prices, fee: bigint): bigint =>
  fee > params.seatFee ? fee : params.seatFee;

/** What one provider of a task earns with the longest answer: the fee, or that of a seat where a panel does the task. */
export const partOf = (prices: Prices, { fee, n }: Pick<TaskRecord, 'fee' | 'n'>): bigint =>
  n === 0 ? fee : seatPart(prices, fee);

/** What a requester pays in beside the admission: a part for each seat of a panel, or the one of a single provider. */
export const partsOf = (prices: Prices, task: Pick<TaskRecord, 'fee' | 'n'>): bigint =>
  partOf(prices, task) * BigInt(Math.max(1, task.n));
