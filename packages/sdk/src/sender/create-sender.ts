import { AivmError, bytesToHex, isErrorCode, type Operation, type Transaction } from '@aivm/core';
import { sleep } from '../client/client-options.ts';
import type { Client } from '../client/create-client.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import type { Signer } from '../wallet/wallet.ts';
import { createMemoryJournal, type TransactionJournal } from './journal.ts';
import { loadOpenTransactions } from './open-transactions.ts';
import {
  fillNonce,
  hasCode,
  isUnknown,
  postNew,
  repost,
  type SenderState,
  settleUncertain,
} from './post-transaction.ts';

/** How far a send waits. */
export interface SendOptions {
  /** `posted`: in the pool. `accepted`: in a block. `final`: its task has ended too. Default `accepted`. */
  readonly until?: 'posted' | 'accepted' | 'final';
  /** Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface SenderOptions {
  readonly client: Client;
  readonly wallet: Signer;
  /** Default: a journal in memory, which forgets at a restart. */
  readonly journal?: TransactionJournal;
}

/** Sends operations of one account, one nonce after the other. */
export interface Sender {
  readonly addressBytes: Uint8Array;
  /** The signer's own secrets, where it gives them: see {@link Signer.deriveSecret}. */
  readonly deriveSecret: ((label: string) => Uint8Array) | undefined;
  /**
   * Signs, posts and waits. May be called again before the last one is done.
   * When a call fails and nobody knows whether the node took the transaction (`unreachable`, `timeout`), sending the
   * same operation again goes on with that transaction instead of signing another.
   * @throws AivmError with the code of the refusal, be it at the door or in the block.
   */
  send(operation: Operation, options?: SendOptions): Promise<TransactionInfo>;
  /** As `send` with `until: 'posted'`, giving the signed transaction. */
  post(operation: Operation, options?: SendOptions): Promise<Transaction>;
  /**
   * Posts again what the journal holds, waits for it, and tells what became of it, be it refused in its block. Sending
   * the same operations afterwards is doing them again; sending one without recovering goes on with the old one.
   */
  recover(options?: SendOptions): Promise<readonly TransactionInfo[]>;
}

const TIMEOUT_MS = 60_000;
/** After so long without a block for it, a transaction is posted again. */
const REPOST_AFTER_MS = 5_000;
/** The pause between two tries while no node answers. */
const PAUSE_MS = 250;

/**
 * A node that restarted holds nothing of its pool: what is open goes in again, in order.
 * @throws AivmError the refusal of `tx` itself.
 */
async function repostUpTo(state: SenderState, tx: Transaction): Promise<void> {
  for (const open of state.open.list()) {
    if (open.nonce > tx.nonce) return;
    const refusal = await repost(state, open);
    if (open === tx && refusal !== undefined && refusal.code !== 'nonce_gap') throw refusal;
  }
}

/** A node that was killed forgot `tx`, and another transaction took its nonce: the operation may be sent again. */
const goneError = (tx: Transaction, cause: unknown): AivmError =>
  new AivmError('nonce_too_low', `nonce ${tx.nonce} went to another transaction`, { cause });

/** Waits for `tx`, posting it and what is before it again where the pool may have lost them. */
async function waitFor(state: SenderState, tx: Transaction, options: SendOptions): Promise<TransactionInfo> {
  const { until = 'accepted', timeoutMs = TIMEOUT_MS, ...rest } = options;
  if (until === 'posted') return state.client.getTransaction(tx.id, rest);
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    const left = Math.max(0, endsAt - Date.now());
    try {
      const wait = { ...rest, until, timeoutMs: Math.min(left, REPOST_AFTER_MS) };
      const info = await state.client.waitForTransaction(tx.id, wait);
      await state.open.remove(tx);
      return info;
    } catch (error) {
      const isLost = hasCode(error, 'not_found');
      if (isLost && !state.open.list().includes(tx)) throw goneError(tx, error);
      const isOver = left === 0 || options.signal?.aborted === true;
      if (isOver || !hasCode(error, 'timeout', 'not_found', 'unreachable')) {
        if (isUnknown(error) || isLost) state.open.markUncertain(tx);
        throw isLost
          ? new AivmError('timeout', 'the node has not heard of the transaction again', { cause: error })
          : error;
      }
    }
    try {
      await repostUpTo(state, tx);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      await sleep(PAUSE_MS, options.signal);
    }
  }
}

function assertTookEffect(info: TransactionInfo): TransactionInfo {
  const { code = '', detail = '' } = info;
  if (code === '') return info;
  const shown = `transaction 0x${bytesToHex(info.hash)}: ${detail}`;
  throw isErrorCode(code) ? new AivmError(code, shown) : new AivmError('internal', `${code}: ${shown}`);
}

/**
 * A sender for one account. Its chain id is the node's.
 * @example const sender = createSender({ client, wallet }); await sender.send({ kind: 'heartbeat', id: 'p-1' });
 */
export function createSender({ client, wallet, journal = createMemoryJournal() }: SenderOptions): Sender {
  let starting: Promise<SenderState> | undefined;
  const start = async (): Promise<SenderState> => {
    const [{ chain_id: chainId }, open] = await Promise.all([
      client.getConfig(),
      loadOpenTransactions(journal),
    ]);
    return { client, wallet, open, chainId, nextNonce: undefined };
  };
  const getState = (): Promise<SenderState> => {
    // A failed start is not kept: the next call tries again.
    starting ??= start().catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    return starting;
  };
  // One nonce at a time: the next one is signed when the node has the last one.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run, run);
    last = result.catch(() => undefined);
    return result;
  };

  /** A transaction that no block will carry leaves its nonce free, and what stands behind it waits for that nonce. */
  const release = (state: SenderState, tx: Transaction): Promise<void> =>
    inTurn(() => fillNonce(state, tx)).catch((error: unknown) => {
      if (!isUnknown(error)) throw error;
      // Nobody answers: the next post asks the node for the nonce, which is the free one.
    });

  const post: Sender['post'] = async (operation) => {
    const state = await getState();
    return inTurn(async () => {
      const known = state.open.findUnclaimed(operation);
      if (known === undefined) return postNew(state, operation);
      await settleUncertain(state);
      if (!state.open.list().includes(known)) return postNew(state, operation);
      state.open.claim(known);
      return known;
    });
  };
  return {
    addressBytes: wallet.addressBytes,
    deriveSecret: wallet.deriveSecret?.bind(wallet),
    post,
    send: async (operation, options = {}) => {
      const tx = await post(operation, options);
      const state = await getState();
      try {
        return assertTookEffect(await waitFor(state, tx, options));
      } catch (error) {
        // Refused in a block it has used its nonce; refused by the pool it has not, and never will.
        if (!isUnknown(error) && options.signal?.aborted !== true) await release(state, tx);
        throw error;
      }
    },
    recover: async (options = {}) => {
      const state = await getState();
      await inTurn(() => settleUncertain(state));
      return Promise.all(state.open.unclaimed().map((tx) => waitFor(state, tx, options)));
    },
  };
}
