import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { AccountInfo } from '../schemas/transaction.ts';
import { closeGapBelow } from './deliver.ts';
import { hasRival } from './find-rival.ts';
import type { Patience } from './patience.ts';
import { findTransaction, type SenderState } from './sender-state.ts';

/** Posted transactions that nobody waits for, from which the chain is asked which of them are in a block. */
const UNWATCHED_MAX = 64;

/** Forgets what blocks carry of the transactions that nobody waits for. */
async function forgetDone(state: SenderState, account: AccountInfo, patience: Patience): Promise<void> {
  for (const entry of state.open.unwatched()) {
    if (entry.tx.nonce >= account.nonce) return;
    const info = await findTransaction(state, entry.tx.id, patience);
    if (info !== undefined && info.state !== 'pending') await state.open.settle(entry);
    // The chain is past its nonce without it: settling finds out why before anything else is signed.
    else if (info === undefined) entry.fate = 'uncertain';
  }
}

/**
 * Refused transactions left their nonces free. Where the node says that such a nonce is used now, it must show by
 * which transaction: else the refused one may have been played after all, and repeating its operation would do it twice.
 * @returns whether all of them are explained.
 */
async function explainRefused(
  state: SenderState,
  account: AccountInfo,
  patience: Patience,
): Promise<boolean> {
  for (const entry of state.open.refused()) {
    const { tx } = entry;
    if (tx.nonce >= account.next_nonce) continue;
    const info = await findTransaction(state, tx.id, patience);
    // Refused and played later all the same: its caller hears it when it asks again.
    if (info !== undefined) await state.open.settle(entry);
    else if (await hasRival(state, tx, patience)) await state.open.remove(entry);
    else if (tx.nonce < account.nonce) {
      const detail = `the node says that nonce ${tx.nonce} is used, but shows no transaction that used it; 0x${bytesToHex(tx.id)}, which it refused, was signed for it`;
      throw new AivmError('nonce_too_low', detail);
    } else return false;
  }
  return true;
}

/** The nonce to sign next, above everything of this sender that may take effect. */
export async function chooseNonce(state: SenderState, patience: Patience): Promise<bigint> {
  const { client, open, wallet } = state;
  if (state.nextNonce !== undefined && open.unwatched().length < UNWATCHED_MAX) return state.nextNonce;
  for (let attempt = 0; ; attempt++) {
    const account = await patience.askFirst((options) => client.getAccount(wallet.addressBytes, options));
    await forgetDone(state, account, patience);
    const isExplained = await explainRefused(state, account, patience);
    const last = open.live().at(-1)?.tx.nonce;
    const isAhead = last !== undefined && last >= account.next_nonce;
    if (isExplained && !isAhead) return account.next_nonce;
    if (isExplained && last !== undefined && attempt > 0) return last + 1n;
    if (isAhead) await closeGapBelow(state, last + 1n, patience);
    if (!(await patience.pause(undefined, attempt))) {
      throw new AivmError(
        'timeout',
        `nonce ${account.next_nonce - 1n} is taken by a transaction in no block yet`,
      );
    }
  }
}
