import { AivmError, type Operation, type Transaction } from '@aivm/core';
import type { Client } from '../client/create-client.ts';
import type { Signer } from '../wallet/wallet.ts';
import type { OpenTransactions } from './open-transactions.ts';

const CONFLICTS = ['already_known', 'nonce_too_low', 'nonce_gap', 'replacement_underpriced'] as const;
/** Conflicts in a row after which another sender must be using the same key. */
const CONFLICTS_MAX = 5;
/** Open transactions from which the chain's nonce is asked, so that what is done is forgotten. */
const PRUNE_FROM = 64;

export const hasCode = (error: unknown, ...codes: readonly string[]): error is AivmError =>
  error instanceof AivmError && codes.includes(error.code);

/** The node did not say whether it took the transaction. */
export const isUnknown = (error: unknown): boolean =>
  !(error instanceof AivmError) || hasCode(error, 'unreachable', 'timeout', 'internal');

/** The state that the steps of a sender share. */
export interface SenderState {
  readonly client: Client;
  readonly wallet: Signer;
  readonly open: OpenTransactions;
  readonly chainId: bigint;
  nextNonce: bigint | undefined;
}

async function refreshNonce(state: SenderState): Promise<bigint> {
  const account = await state.client.getAccount(state.wallet.addressBytes);
  await state.open.prune(account.nonce);
  return account.next_nonce;
}

/** Posts a transaction that may be known already. @returns the refusal, or undefined when the node has it. */
export async function repost(state: SenderState, tx: Transaction): Promise<AivmError | undefined> {
  try {
    await state.client.submitTransaction(tx);
    state.open.markKnown(tx);
    return undefined;
  } catch (error) {
    if (isUnknown(error) || !(error instanceof AivmError)) throw error;
    // Ahead of what the pool holds is not a refusal of the transaction: its predecessors come first.
    if (error.code !== 'nonce_gap') await state.open.remove(tx);
    return error;
  }
}

/** Brings everything that is open back into the pool, in order, before a new nonce is used. */
export async function settleUncertain(state: SenderState): Promise<void> {
  const uncertain = state.open.uncertain();
  for (const tx of uncertain) await repost(state, tx);
  if (uncertain.length > 0) state.nextNonce = undefined;
}

/**
 * Posts a transaction for the first time. A node that knows it already got it from somebody else who signs the same
 * with the same key, so that is a conflict; after a try without answer it is taken for this one.
 */
async function postFirst(client: Client, tx: Transaction): Promise<void> {
  try {
    await client.call('submitTransaction', { query: {}, body: tx.bytes }, { retriesMax: 0 });
  } catch (error) {
    if (!isUnknown(error)) throw error;
    await client.submitTransaction(tx);
  }
}

async function postSigned(state: SenderState, tx: Transaction): Promise<'taken' | 'conflict'> {
  await state.open.add(tx);
  try {
    await postFirst(state.client, tx);
    state.nextNonce = tx.nonce + 1n;
    return 'taken';
  } catch (error) {
    if (isUnknown(error)) {
      state.open.markUncertain(tx);
      state.nextNonce = undefined;
      throw error;
    }
    // The node refused it, so it is nowhere: its nonce is free for another operation.
    await state.open.remove(tx);
    state.nextNonce = undefined;
    if (!hasCode(error, ...CONFLICTS)) throw error;
    if (error.code === 'nonce_gap') for (const earlier of state.open.list()) await repost(state, earlier);
    return 'conflict';
  }
}

export async function postNew(state: SenderState, operation: Operation): Promise<Transaction> {
  await settleUncertain(state);
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
    const isStale = state.nextNonce === undefined || state.open.list().length >= PRUNE_FROM;
    const nonce = isStale ? await refreshNonce(state) : (state.nextNonce as bigint);
    const tx = await state.wallet.sign({ chainId: state.chainId, nonce, operation });
    if ((await postSigned(state, tx)) === 'taken') return tx;
  }
  throw new AivmError('nonce_too_low', 'the nonce was taken each time: another sender uses the same key');
}

/**
 * Puts something harmless, a transfer of nothing to oneself, where `tx` stood, if the node waits for that nonce while
 * later transactions of this sender are open: they would wait behind it until they are dropped.
 */
export async function fillNonce(state: SenderState, tx: Transaction): Promise<void> {
  await state.open.remove(tx);
  state.nextNonce = undefined;
  if (!state.open.list().some(({ nonce }) => nonce > tx.nonce)) return;
  if ((await refreshNonce(state)) !== tx.nonce) return;
  const operation = { kind: 'transfer', to: state.wallet.addressBytes, amount: 0n } as const;
  await postSigned(state, await state.wallet.sign({ chainId: state.chainId, nonce: tx.nonce, operation }));
  // What stands behind it has nonces already.
  state.nextNonce = undefined;
}
