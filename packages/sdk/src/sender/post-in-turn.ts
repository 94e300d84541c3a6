import { AivmError } from '@aivm/core/errors';
import type { Operation } from '@aivm/core/tx';
import { chooseNonce } from './choose-nonce.ts';
import { deliver } from './deliver.ts';
import { DeliveryError, notSent, unknown } from './delivery-error.ts';
import { isSameOperation, type OpenTransaction } from './open-transactions.ts';
import { outdate } from './outdate.ts';
import type { Patience } from './patience.ts';
import type { SenderState } from './sender-state.ts';
import { forgetHeight, hasExpired, refreshHeight, signNext } from './sign-next.ts';

/** How one operation is posted. */
export interface PostOptions {
  readonly idempotencyKey: string | undefined;
  readonly patience: Patience;
}

/**
 * Finds out what became of everything uncertain, in order, before a new nonce is used. What the node refuses is left
 * with its nonce free; what lost its nonce is forgotten.
 * @throws DeliveryError `unknown` of the first for which it cannot be found out.
 */
export async function settleUncertain(
  state: SenderState,
  patience: Patience,
  except?: OpenTransaction,
): Promise<void> {
  const uncertain = state.open.uncertain().filter((entry) => entry !== except);
  for (const entry of uncertain) {
    const { kind } = await deliver(state, entry, patience);
    if (kind === 'gone') await state.open.remove(entry);
    if (kind === 'refused') await state.open.refuse(entry);
  }
  if (uncertain.length > 0) state.nextNonce = undefined;
}

/** The transaction that an earlier call left for this operation, where there is one. */
function findEarlier(
  { open }: SenderState,
  operation: Operation,
  idempotencyKey: string | undefined,
): OpenTransaction | undefined {
  if (idempotencyKey === undefined) return open.findDoubtful(operation);
  const earlier = open.findByKey(idempotencyKey);
  if (earlier === undefined || isSameOperation(earlier.tx.operation, operation)) return earlier;
  const { kind } = earlier.tx.operation;
  const detail = `idempotency key "${idempotencyKey}" names another operation (${kind}); a key stands for one operation`;
  throw notSent(new AivmError('duplicate', detail));
}

/** @throws DeliveryError `not_sent` where the nonce cannot be found out. */
async function nextNonce(state: SenderState, patience: Patience): Promise<bigint> {
  try {
    await settleUncertain(state, patience);
    await refreshHeight(state, patience);
    return await chooseNonce(state, patience);
  } catch (error) {
    patience.throwIfAborted();
    throw error instanceof AivmError ? notSent(error) : error;
  }
}

/** Signs the operation for the next nonce and brings it to the node. @returns undefined where the nonce was lost. */
async function signAndDeliver(
  state: SenderState,
  operation: Operation,
  { idempotencyKey, patience }: PostOptions,
): Promise<OpenTransaction | undefined> {
  const nonce = await nextNonce(state, patience);
  const refused = state.open.findRefused(operation, nonce);
  const again = refused !== undefined && !hasExpired(state, refused.tx) ? refused : undefined;
  const tx = again?.tx ?? (await signNext(state, nonce, operation));
  const mayBeUnderWay = again?.mayBeUnderWay ?? false;
  const entry = await state.open.add(tx, { idempotencyKey, mayBeUnderWay });
  state.nextNonce = undefined;
  try {
    const delivery = await deliver(state, entry, patience);
    if (delivery.kind === 'gone') {
      await state.open.remove(entry);
      return undefined;
    }
    if (delivery.kind === 'refused') {
      if (delivery.error.outcome === 'refused') await state.open.refuse(entry);
      throw delivery.error;
    }
  } catch (error) {
    // Refused for good, it is over; else the same operation goes on with it.
    if (!(error instanceof DeliveryError && error.outcome === 'refused')) state.open.doubt(entry);
    throw error;
  }
  state.nextNonce = nonce + 1n;
  return entry;
}

/** Brings what an earlier call left to the node again. @returns undefined where it will never take effect. */
async function retry(
  state: SenderState,
  earlier: OpenTransaction,
  patience: Patience,
): Promise<OpenTransaction | undefined> {
  await settleUncertain(state, patience, earlier);
  const delivery = await deliver(state, earlier, patience);
  state.nextNonce = undefined;
  if (delivery.kind === 'taken') return earlier;
  if (delivery.kind === 'gone') {
    await state.open.remove(earlier);
    return undefined;
  }
  await state.open.refuse(earlier);
  if (delivery.error.outcome === 'refused') {
    // Its nonce is free, and a copy of it can be in no block: the operation is signed anew for that nonce.
    if (delivery.error.code === 'expired') {
      forgetHeight(state);
      return undefined;
    }
    throw delivery.error;
  }
  if ((await outdate(state, earlier, patience)) === 'landed') return earlier;
  await state.open.remove(earlier);
  return undefined;
}

/** Goes on with what an earlier call left. @returns undefined where that will never take effect. */
async function resume(
  state: SenderState,
  earlier: OpenTransaction,
  patience: Patience,
): Promise<OpenTransaction | undefined> {
  const { open } = state;
  open.claim(earlier);
  if (earlier.fate === 'known' || earlier.fate === 'settled') return earlier;
  try {
    return await retry(state, earlier, patience);
  } catch (error) {
    if (!(error instanceof DeliveryError && error.outcome === 'refused')) open.doubt(earlier);
    patience.throwIfAborted();
    if (error instanceof DeliveryError && error.transactionId === earlier.tx.id) throw error;
    throw error instanceof AivmError ? unknown(error, earlier.tx.id) : error;
  }
}

/**
 * Brings one operation to the node, or goes on with the transaction that an earlier call left for it. Runs alone: the
 * next nonce is signed when the node has the last one.
 * @throws DeliveryError; the reason of the caller's signal.
 */
export async function postInTurn(
  state: SenderState,
  operation: Operation,
  options: PostOptions,
): Promise<OpenTransaction> {
  const { patience, idempotencyKey } = options;
  patience.throwIfAborted();
  const earlier = findEarlier(state, operation, idempotencyKey);
  const resumed = earlier && (await resume(state, earlier, patience));
  if (resumed !== undefined) return resumed;
  while (!patience.isOver) {
    const entry = await signAndDeliver(state, operation, options);
    if (entry !== undefined) return entry;
  }
  throw notSent(new AivmError('timeout', 'its time was over before a nonce was free for it'));
}
