import { AivmError } from '@aivm/core/errors';
import type { TransactionInfo } from '../schemas/transaction.ts';
import { closeGapBelow, type Delivery, deliver } from './deliver.ts';
import { unknown } from './delivery-error.ts';
import type { OpenTransaction } from './open-transactions.ts';
import { isRefusal, type Patience } from './patience.ts';
import type { SenderState } from './sender-state.ts';

/** One wait at the node; after it the sender looks whether the transaction can move. */
const WAIT_MS = 5_000;

export interface FollowOptions {
  readonly until: 'accepted' | 'final';
  readonly patience: Patience;
  /** Runs what signs or posts, one after the other. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Where the transaction stands after at most one wait. @throws what the node or the way to it says. */
async function waitOnce(
  { client }: SenderState,
  id: Uint8Array,
  { until, patience }: FollowOptions,
): Promise<TransactionInfo> {
  const wait = Math.min(WAIT_MS, patience.leftMs);
  return client.call(
    'getTransaction',
    { params: { hash: id }, query: { wait, until } },
    patience.request(wait),
  );
}

const isReached = ({ state }: TransactionInfo, until: FollowOptions['until']): boolean =>
  state === 'final' || state === until;

/** The last thing that is known when the time is over. */
function lateError({ tx }: OpenTransaction, info: TransactionInfo | undefined, cause: unknown): AivmError {
  if (info === undefined) return unknown(cause, tx.id);
  if (info.state === 'pending')
    return unknown(new AivmError('timeout', 'it is in the pool, in no block yet'), tx.id);
  return new AivmError('timeout', `the transaction is in block ${info.height}, its task is not final yet`);
}

/**
 * Waits until a block carries a transaction that the node took, or its task is final; brings it to the node again where
 * that forgot it.
 * @returns where it stands, or what became of it instead.
 * @throws DeliveryError `unknown`, AivmError `timeout` where it is in a block and not final, the signal's reason.
 */
export async function follow(
  state: SenderState,
  entry: OpenTransaction,
  options: FollowOptions,
): Promise<TransactionInfo | Exclude<Delivery, { kind: 'taken' }>> {
  const { until, patience, inTurn } = options;
  for (let attempt = 0; ; attempt++) {
    let info: TransactionInfo | undefined;
    let failure: unknown;
    try {
      info = await waitOnce(state, entry.tx.id, options);
      if (info.state !== 'pending') await state.open.settle(entry);
      if (isReached(info, until)) return info;
      if (info.state === 'pending' && attempt > 0)
        await inTurn(() => closeGapBelow(state, entry.tx.nonce, patience));
    } catch (error) {
      patience.throwIfAborted();
      failure = error;
      // The node does not have it any more: it says so, or says why its pool dropped it.
      if (isRefusal(error) && entry.fate !== 'settled') {
        const delivery = await inTurn(() => deliver(state, entry, patience));
        if (delivery.kind === 'gone' || delivery.kind === 'refused') return delivery;
      }
    }
    if (!(await patience.pause(failure, attempt))) throw lateError(entry, info, failure);
  }
}
