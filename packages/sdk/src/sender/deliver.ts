import type { AivmError } from '@aivm/core/errors';
import { closeGap } from './close-gap.ts';
import { DeliveryError, refused, unknown } from './delivery-error.ts';
import { hasRival } from './find-rival.ts';
import type { OpenTransaction } from './open-transactions.ts';
import { isRefusal, type Patience } from './patience.ts';
import { postOnce } from './post-once.ts';
import { findTransaction, type SenderState } from './sender-state.ts';

/**
 * What came of bringing a transaction to the node. `taken`: the node has it, or a block does. `gone`: a block gave its
 * nonce to another transaction, so it will never take effect. `refused`: the node refuses it and does not have it;
 * the error says `unknown` where an earlier copy may still be under way.
 */
export type Delivery =
  | { readonly kind: 'taken' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly error: DeliveryError };

/** Times that a node may say that the nonce is used, without showing by what, before it is not believed. */
const UNPROVEN_MAX = 2;

interface Refusal {
  readonly error: AivmError;
  readonly patience: Patience;
}

/** What a refusal means for a transaction that the node does not have. */
async function judge(
  state: SenderState,
  { tx }: OpenTransaction,
  { error, patience }: Refusal,
): Promise<'gone' | 'unproven' | 'later' | 'refused'> {
  switch (error.code) {
    case 'nonce_too_low':
      return (await hasRival(state, tx, patience)) ? 'gone' : 'unproven';
    case 'nonce_gap':
    case 'replacement_underpriced': // Another transaction waits at this nonce; a block decides between the two.
    case 'pool_full':
      await closeGapBelow(state, tx.nonce, patience);
      return 'later';
    default:
      return 'refused';
  }
}

/** One post and what it came to; undefined where another is needed. */
async function attemptDelivery(
  state: SenderState,
  entry: OpenTransaction,
  { error, patience }: { readonly error: unknown; readonly patience: Patience },
): Promise<Delivery | 'unproven' | undefined> {
  const { id } = entry.tx;
  if (error !== undefined && !isRefusal(error)) entry.mayBeUnderWay = true;
  if (error === undefined || (await findTransaction(state, id, patience)) !== undefined) {
    entry.fate = 'known';
    return { kind: 'taken' };
  }
  if (!isRefusal(error)) return undefined;
  const verdict = await judge(state, entry, { error, patience });
  if (verdict === 'gone') return { kind: 'gone' };
  if (verdict === 'later') return undefined;
  if (verdict === 'unproven') return 'unproven';
  entry.fate = 'uncertain';
  // A copy that was lost on the way may still come, and find the node of another opinion.
  return { kind: 'refused', error: entry.mayBeUnderWay ? unknown(error, id) : refused(error, id) };
}

/**
 * Posts a transaction until it is certain what became of it; the same bytes every time.
 * @throws DeliveryError `unknown` where the time ends first; the reason of the caller's signal.
 */
export async function deliver(
  state: SenderState,
  entry: OpenTransaction,
  patience: Patience,
): Promise<Delivery> {
  const { tx } = entry;
  for (let attempt = 0, unproven = 0; ; attempt++) {
    let error: unknown;
    try {
      error = await postOnce(state, tx, patience);
      const delivery = await attemptDelivery(state, entry, { error, patience });
      if (delivery === 'unproven') unproven++;
      else if (delivery !== undefined) return delivery;
    } catch (failure) {
      entry.fate = 'uncertain';
      entry.mayBeUnderWay = true;
      patience.throwIfAborted();
      throw failure instanceof DeliveryError ? failure : unknown(error ?? failure, tx.id);
    }
    if (unproven >= UNPROVEN_MAX || !(await patience.pause(error, attempt))) {
      entry.fate = 'uncertain';
      throw unknown(error, tx.id);
    }
  }
}

/** Brings what is open below `nonce` to the node again where the node misses it, and fills nonces that nothing is for. */
export const closeGapBelow = (state: SenderState, nonce: bigint, patience: Patience): Promise<void> =>
  closeGap(state, { nonce, patience, redeliver: (entry) => deliver(state, entry, patience) });
