import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, isErrorCode } from '@aivm/core/errors';
import type { Operation, Transaction } from '@aivm/core/tx';
import type { Client } from '../client/create-client.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import type { Signer } from '../wallet/wallet.ts';
import { closeGapBelow } from './deliver.ts';
import { DeliveryError, notSent, unknown } from './delivery-error.ts';
import { follow } from './follow.ts';
import { createMemoryJournal, type TransactionJournal } from './journal.ts';
import { type OpenTransaction, OpenTransactions } from './open-transactions.ts';
import { completeOperation, type OperationInput } from './operation-defaults.ts';
import { Patience } from './patience.ts';
import { postInTurn, settleUncertain } from './post-in-turn.ts';
import { findTransaction, type SenderState } from './sender-state.ts';
import { forgetHeight } from './sign-next.ts';

/** How far a send waits. */
export interface SendOptions {
  /** `posted`: in the pool. `accepted`: in a block. `final`: its task has ended too. Default `accepted`. */
  readonly until?: 'posted' | 'accepted' | 'final';
  /** Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * The caller's own name for what is done, such as the number of an invoice. Sending again under the same name, after
   * whatever error and for as long as the journal lives, is the same transaction and gives its outcome.
   */
  readonly idempotencyKey?: string;
}

export interface SenderOptions {
  readonly client: Client;
  readonly wallet: Signer;
  /** Default: a journal in memory, which forgets at a restart. */
  readonly journal?: TransactionJournal;
  /**
   * Blocks for which a signature is good, 0 for ever. Default: about an hour of the chain's shortest blocks. What expired
   * is signed again for the same nonce, so that a lost copy cannot take effect beside it.
   */
  readonly expiryBlocks?: number;
}

/** Sends operations of one account, one nonce after the other. */
export interface Sender {
  readonly addressBytes: Uint8Array;
  /** The signer's own secrets, where it gives them: see {@link Signer.deriveSecret}. */
  readonly deriveSecret: ((label: string) => Uint8Array) | undefined;
  /**
   * Signs, posts and waits. Members that have a default may be left out ({@link completeOperation}). May be called again
   * before the last one is done. Another copy of the operation is signed
   * only once a block shows that the nonce of the first went to another transaction. After an `unknown` outcome, or
   * after the caller's signal ended the wait, sending the same operation goes on with that transaction.
   * @throws DeliveryError that says `not_sent`, `refused` or `unknown`, with the code of the refusal, be it at the
   * door or in the block, or with `timeout` or `unreachable`; the signal's reason where it is aborted.
   */
  send(operation: OperationInput, options?: SendOptions): Promise<TransactionInfo>;
  /** As `send` with `until: 'posted'`, giving the signed transaction. */
  post(operation: OperationInput, options?: SendOptions): Promise<Transaction>;
  /**
   * Posts again what the journal holds, waits for it, and tells what became of it, be it refused in its block. Sending
   * the same operations afterwards is doing them again; sending one without recovering goes on with the old one.
   */
  recover(options?: SendOptions): Promise<readonly TransactionInfo[]>;
}

const TIMEOUT_MS = 60_000;
const EXPIRY_MS = 3_600_000;

function assertTookEffect(info: TransactionInfo): TransactionInfo {
  const { code = '', detail = '', height, hash } = info;
  if (code === '') return info;
  const shown = `refused in block ${height}: transaction 0x${bytesToHex(hash)}: ${detail}`;
  if (!isErrorCode(code)) throw new AivmError('internal', `${code}: ${shown}`);
  throw new DeliveryError('refused', { code, detail: shown }, { transactionId: hash });
}

/** Where a transaction stands that the node has just taken. */
async function placeOfPosted(
  state: SenderState,
  { tx }: OpenTransaction,
  patience: Patience,
): Promise<TransactionInfo> {
  const info = await findTransaction(state, tx.id, patience);
  if (info !== undefined) return info;
  throw unknown(new AivmError('not_found', 'the node took it and does not know it any more'), tx.id);
}

const patienceOf = ({ timeoutMs = TIMEOUT_MS, signal }: SendOptions, client: Client): Patience =>
  new Patience({ timeoutMs, signal }, client);

/** One after the other, in the order of the calls. */
function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run, run);
    last = result.catch(() => undefined);
    return result;
  };
}

async function startSender(
  { client, wallet, journal = createMemoryJournal(), expiryBlocks }: SenderOptions,
  patience: Patience,
): Promise<SenderState> {
  try {
    const chain = await patience.askFirst((options) => client.getConfig(options));
    const { chain_id: chainId, genesis_hash: genesisHash, params } = chain;
    const open = await OpenTransactions.load(journal, { genesisHash, sender: wallet.addressBytes });
    return {
      client,
      wallet,
      open,
      chainId,
      genesisHash,
      expiryBlocks: expiryBlocks ?? Math.ceil(EXPIRY_MS / params.minBlockIntervalMs),
      height: 0,
      heightReadAt: 0,
      nextNonce: undefined,
      gapCheckedAt: 0,
    };
  } catch (error) {
    patience.throwIfAborted();
    throw error instanceof AivmError ? notSent(error) : error;
  }
}

/**
 * A sender for one account. Its chain is the node's, which a client that was told a chain has compared.
 * @example const sender = createSender({ client, wallet }); await sender.send({ kind: 'heartbeat', id: 'p-1' });
 */
export function createSender(senderOptions: SenderOptions): Sender {
  const { client, wallet } = senderOptions;
  let starting: Promise<SenderState> | undefined;
  const getState = async (patience: Patience): Promise<SenderState> => {
    // A start that failed for the call that made it says nothing about a call that has more time.
    while (starting !== undefined) {
      const state = await starting.catch(() => undefined);
      if (state !== undefined) return state;
      patience.throwIfAborted();
    }
    // A failed start is not kept: the next call tries again.
    starting = startSender(senderOptions, patience).catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    return starting;
  };
  const inTurn = createTurns();

  /** No block will carry `entry`: its nonce is free, and what stands behind it waits for that nonce. */
  const release = async (state: SenderState, entry: OpenTransaction, patience: Patience): Promise<void> => {
    await state.open.refuse(entry);
    state.nextNonce = undefined;
    const behind = state.open.live().find(({ tx }) => tx.nonce > entry.tx.nonce);
    if (behind === undefined) return;
    state.gapCheckedAt = 0;
    // Where nobody answers, the next look at the gap finds the same.
    await closeGapBelow(state, behind.tx.nonce, patience).catch((error: unknown) => {
      if (!(error instanceof AivmError)) throw error;
    });
  };

  /** Waits for `entry`; undefined where its nonce went to another, so that the operation may be signed anew. */
  const finish = async (
    state: SenderState,
    entry: OpenTransaction,
    { until, patience }: { readonly until: 'accepted' | 'final'; readonly patience: Patience },
  ): Promise<TransactionInfo | undefined> => {
    entry.isWatched = true;
    try {
      const end = await follow(state, entry, { until, patience, inTurn });
      if (!('kind' in end)) return end;
      if (end.kind === 'gone') {
        await state.open.remove(entry);
        state.nextNonce = undefined;
        return undefined;
      }
      if (end.error.outcome === 'refused') {
        await inTurn(() => release(state, entry, patience));
        // Its nonce is free: signed anew for it, at most one of the two takes effect.
        if (end.error.code === 'expired') {
          forgetHeight(state);
          return undefined;
        }
      }
      throw end.error;
    } catch (error) {
      if (!(error instanceof DeliveryError && error.outcome === 'refused')) state.open.doubt(entry);
      throw error;
    } finally {
      entry.isWatched = false;
    }
  };

  const start = async (operation: Operation, options: SendOptions, patience: Patience) => {
    const state = await getState(patience);
    const { idempotencyKey } = options;
    return { state, entry: await inTurn(() => postInTurn(state, operation, { idempotencyKey, patience })) };
  };

  return {
    addressBytes: wallet.addressBytes,
    deriveSecret: wallet.deriveSecret?.bind(wallet),
    post: async (input, options = {}) =>
      (await start(completeOperation(input), options, patienceOf(options, client))).entry.tx,
    send: async (input, options = {}) => {
      const operation = completeOperation(input);
      const { until = 'accepted' } = options;
      const patience = patienceOf(options, client);
      for (;;) {
        const { state, entry } = await start(operation, options, patience);
        if (until === 'posted') {
          return assertTookEffect(await placeOfPosted(state, entry, patience));
        }
        const info = await finish(state, entry, { until, patience });
        if (info !== undefined) return assertTookEffect(info);
      }
    },
    recover: async (options = {}) => {
      const { until = 'accepted' } = options;
      const patience = patienceOf(options, client);
      const state = await getState(patience);
      await inTurn(() => settleUncertain(state, patience));
      const wait = { until: until === 'posted' ? 'accepted' : until, patience } as const;
      const entries = state.open.unclaimed();
      for (const entry of entries) state.open.claim(entry);
      const all = await Promise.all(entries.map((entry) => finish(state, entry, wait)));
      return all.filter((info) => info !== undefined);
    },
  };
}
