import { setMaxListeners } from 'node:events';
import { AivmError, bytesToHex, readAccount, readTask, TaskStatus, type Transaction } from '@aivm/core';
import type { SubmitEntry, TransactionInfo, TransactionPlace } from '@aivm/sdk';
import type { NodeApi, TransactionStatus } from '../../node-api.ts';
import type { Handlers } from '../handler.ts';
import { notFound } from './show.ts';

/** How long a post waits when it asks to wait and names no time. */
const WAIT_MS = 30_000;

type Until = 'accepted' | 'final';

/** The task that a transaction is about, where it took effect on one. */
function taskIdOf({ operation }: Transaction): string | undefined {
  if (operation.kind === 'submitTask') return operation.id;
  const isAboutTask =
    operation.kind === 'submitResult' || operation.kind === 'challenge' || operation.kind === 'cancelTask';
  return isAboutTask ? operation.taskId : undefined;
}

function hasEnded(node: NodeApi, tx: Transaction, code: string): boolean {
  const taskId = code === '' ? taskIdOf(tx) : undefined;
  const task = taskId === undefined ? undefined : readTask(node.state(), taskId);
  return task === undefined || task.status === TaskStatus.completed || task.status === TaskStatus.failed;
}

function placeOf(node: NodeApi, tx: Transaction, status: TransactionStatus): TransactionPlace {
  if (status.state === 'pending') return { hash: tx.id, state: 'pending' };
  const { height, index, outcome, detail } = status;
  return {
    hash: tx.id,
    state: hasEnded(node, tx, outcome.code) ? 'final' : 'accepted',
    height,
    index,
    code: outcome.code,
    ...(detail === '' ? {} : { detail }),
    work: outcome.work,
    burned: outcome.burned,
  };
}

function find(
  node: NodeApi,
  hash: Uint8Array,
): { readonly tx: Transaction; readonly status: TransactionStatus } {
  const tx = node.getTransactionBody(hash);
  const status = node.getTransaction(hash);
  if (tx === undefined || status === undefined) throw notFound(`transaction 0x${bytesToHex(hash)}`);
  return { tx, status };
}

const isReached = (place: TransactionPlace, until: Until): boolean =>
  place.state === 'final' || place.state === until;

interface PlaceWait {
  readonly until: Until;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits for the next thing that can change where a transaction stands. @throws AivmError why the pool dropped it. */
async function waitForChange(
  node: NodeApi,
  place: TransactionPlace,
  wait: Omit<PlaceWait, 'until'>,
): Promise<void> {
  if (place.state !== 'pending') {
    await node.waitForBlock(node.lastAccepted().header.height, wait);
    return;
  }
  try {
    await node.waitForTransaction(place.hash, wait);
  } catch (error) {
    if (!(error instanceof AivmError) || error.code !== 'timeout') throw error;
  }
}

/** Where the transaction stands when it is as far as `until`, or when the time is over. */
async function waitForPlace(
  node: NodeApi,
  hash: Uint8Array,
  { until, timeoutMs, signal }: PlaceWait,
): Promise<TransactionPlace> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    const { tx, status } = find(node, hash);
    const place = placeOf(node, tx, status);
    const left = endsAt - performance.now();
    if (isReached(place, until) || left <= 0 || signal.aborted) return place;
    await waitForChange(node, place, { timeoutMs: Math.ceil(left), signal });
  }
}

interface Waiting {
  readonly wait?: Until | undefined;
  readonly timeout?: number | undefined;
}

async function submitOne(
  node: NodeApi,
  bytes: Uint8Array,
  { wait, timeout = WAIT_MS }: Waiting,
  signal: AbortSignal,
): Promise<TransactionPlace> {
  const tx = node.submitTransaction(bytes);
  if (wait === undefined) return { hash: tx.id, state: 'pending' };
  return waitForPlace(node, tx.id, { until: wait, timeoutMs: timeout, signal });
}

async function submitEntry(
  node: NodeApi,
  bytes: Uint8Array,
  waiting: Waiting,
  signal: AbortSignal,
): Promise<SubmitEntry> {
  try {
    return await submitOne(node, bytes, waiting, signal);
  } catch (error) {
    if (error instanceof AivmError) return { code: error.code, detail: error.detail };
    throw error;
  }
}

/** Transactions between two pauses of a large post, so that other requests are answered meanwhile. */
const ENTRIES_PER_TURN = 16;

/** Listeners that the server itself may hold on a request's signal. */
const LISTENERS_BESIDE = 10;

async function submitMany(
  node: NodeApi,
  list: readonly Uint8Array[],
  waiting: Waiting,
  signal: AbortSignal,
): Promise<SubmitEntry[]> {
  // Every entry waits on the request's one signal, each once: that many listeners are no leak.
  setMaxListeners(list.length + LISTENERS_BESIDE, signal);
  const entries: Promise<SubmitEntry>[] = [];
  for (const [i, bytes] of list.entries()) {
    if (i % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    entries.push(submitEntry(node, bytes, waiting, signal));
  }
  return Promise.all(entries);
}

/** Signed transactions and the accounts that sign them. */
export const transactionHandlers: Handlers<'submitTransaction' | 'getTransaction' | 'getAccount'> = {
  submitTransaction: ({ body, query, signal }, { node }) =>
    body instanceof Uint8Array ? submitOne(node, body, query, signal) : submitMany(node, body, query, signal),
  getTransaction: async ({ params, query, signal }, { node }): Promise<TransactionInfo> => {
    const { wait = 0, until = 'accepted' } = query;
    const place = await waitForPlace(node, params.hash, { until, timeoutMs: wait, signal });
    const { tx } = find(node, params.hash);
    return {
      ...place,
      sender: tx.sender,
      nonce: tx.nonce,
      chain_id: tx.chainId,
      operation: tx.operation,
      bytes: tx.bytes,
    };
  },
  getAccount: ({ params: { address } }, { node }) => {
    const account = readAccount(node.state(), address);
    return {
      address,
      balance: account.balance,
      nonce: account.nonce,
      next_nonce: node.nextNonce(address),
      pending_tasks: account.pendingTasks,
    };
  },
};
