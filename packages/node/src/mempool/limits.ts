import type { Params } from '@aivm/core/state';
import { type Transaction, transactionWork } from '@aivm/core/tx';

/** How much a pool holds. */
export interface MempoolLimits {
  readonly transactionsMax: number;
  readonly bytesMax: number;
  readonly perSenderMax: number;
  /** How far a nonce may be ahead of the sender's next one. */
  readonly nonceGapMax: number;
  /** Blocks for which a transaction waits behind a missing nonce. */
  readonly gapBlocksMax: number;
}

export const DEFAULT_MEMPOOL_LIMITS: MempoolLimits = {
  transactionsMax: 10_000,
  bytesMax: 64 * 1024 * 1024,
  perSenderMax: 1_000,
  nonceGapMax: 16,
  gapBlocksMax: 600,
};

/**
 * What a transaction pays: its work at the chain's price, or a task's fee where that is more. Prices are fixed by
 * work, so a replacement cannot bid for the same operation; it must be an operation that pays at least a tenth more
 * (a task with a higher fee, most often), so that a slot cannot be rewritten for nothing.
 */
export function paymentOf(tx: Transaction, params: Params): bigint {
  const byWork = BigInt(transactionWork(tx)) * params.workPrice;
  const { operation } = tx;
  return operation.kind === 'submitTask' && operation.fee > byWork ? operation.fee : byWork;
}

/** Whether a payment may take the place of another: at least a tenth more. */
export const mayReplace = (payment: bigint, pending: bigint): boolean => payment * 10n >= pending * 11n;
