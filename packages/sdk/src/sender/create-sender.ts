import { AivmError, bytesToHex, isErrorCode, type Operation, type Transaction } from '@aivm/core';
import type { Client } from '../client/create-client.ts';
import type { WaitOptions } from '../client/wait.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import type { Signer } from '../wallet/wallet.ts';
import { createMemoryJournal, type TransactionJournal } from './journal.ts';
import { loadOpenTransactions, type OpenTransactions } from './open-transactions.ts';

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

const CONFLICTS = ['already_known', 'nonce_too_low', 'nonce_gap', 'replacement_underpriced'] as const;
/** Conflicts in a row after which another sender must be using the same key. */
const CONFLICTS_MAX = 5;
const TIMEOUT_MS = 60_000;
/** After so long without a block for it, a transaction is posted again. */
const REPOST_AFTER_MS = 5_000;
/** Open transactions from which the chain's nonce is asked, so that what is done is forgotten. */
const PRUNE_FROM = 64;

const hasCode = (error: unknown, ...codes: readonly string[]): error is AivmError =>
  error instanceof AivmError && codes.includes(error.code);

/** The node did not say whether it took the transaction. */
const isUnknown = (error: unknown): boolean =>
  !(error instanceof AivmError) || hasCode(error, 'unreachable', 'timeout', 'internal');

/** The state that the steps of a sender share. */
interface SenderState {
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

/** Posts a transaction that may be known already. @returns whether the node has it. */
async function repost(state: SenderState, tx: Transaction): Promise<boolean> {
  try {
    await state.client.submitTransaction(tx);
    state.open.markKnown(tx);
    return true;
  } catch (error) {
    if (isUnknown(error)) throw error;
    // Ahead of what the pool holds is not a refusal of the transaction: its predecessors come first.
    if (hasCode(error, 'nonce_gap')) return false;
    await state.open.remove(tx);
    return false;
  }
}

/** Brings everything that is open back into the pool, in order, before a new nonce is used. */
async function settleUncertain(state: SenderState): Promise<void> {
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

async function postNew(state: SenderState, operation: Operation): Promise<Transaction> {
  await settleUncertain(state);
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
    const isStale = state.nextNonce === undefined || state.open.list().length >= PRUNE_FROM;
    const nonce = isStale ? await refreshNonce(state) : (state.nextNonce as bigint);
    const tx = await state.wallet.sign({ chainId: state.chainId, nonce, operation });
    if ((await postSigned(state, tx)) === 'taken') return tx;
  }
  throw new AivmError('nonce_too_low', 'the nonce was taken each time: another sender uses the same key');
}

/** A node that restarted holds nothing of its pool: what is open goes in again, in order. */
async function repostUpTo(state: SenderState, tx: Transaction): Promise<void> {
  for (const open of state.open.list()) if (open.nonce <= tx.nonce) await repost(state, open);
}

/** Waits a while. @returns undefined when the transaction is still pending, or the pool lost it. */
async function waitOnce(
  state: SenderState,
  tx: Transaction,
  options: WaitOptions,
): Promise<TransactionInfo | undefined> {
  try {
    return await state.client.waitForTransaction(tx.id, options);
  } catch (error) {
    if (hasCode(error, 'timeout', 'not_found')) return undefined;
    throw error;
  }
}

/** Waits for `tx`, posting it and what is before it again where the pool may have lost them. */
async function waitFor(state: SenderState, tx: Transaction, options: SendOptions): Promise<TransactionInfo> {
  const { until = 'accepted', timeoutMs = TIMEOUT_MS, ...rest } = options;
  if (until === 'posted') return state.client.getTransaction(tx.id, rest);
  const endsAt = Date.now() + timeoutMs;
  try {
    for (;;) {
      const left = Math.max(0, endsAt - Date.now());
      const info = await waitOnce(state, tx, { ...rest, until, timeoutMs: Math.min(left, REPOST_AFTER_MS) });
      if (info !== undefined) {
        await state.open.remove(tx);
        return info;
      }
      if (left === 0)
        throw new AivmError('timeout', `transaction 0x${bytesToHex(tx.id)} is not ${until} yet`);
      await repostUpTo(state, tx);
    }
  } catch (error) {
    if (isUnknown(error)) state.open.markUncertain(tx);
    throw error;
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
    post,
    send: async (operation, options = {}) => {
      const tx = await post(operation, options);
      return assertTookEffect(await waitFor(await getState(), tx, options));
    },
    recover: async (options = {}) => {
      const state = await getState();
      await inTurn(() => settleUncertain(state));
      return Promise.all(state.open.unclaimed().map((tx) => waitFor(state, tx, options)));
    },
  };
}
