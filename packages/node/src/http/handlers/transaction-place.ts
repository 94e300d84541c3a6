import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { readTask, TaskStatus } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { TransactionPlace } from '@aivm/sdk';
import type { TransactionStatus } from '../../chain/read-answers.ts';
import type { NodeApi } from '../../local/node-api.ts';
import { notFound } from './not-found.ts';

/** What a client waits for: that it is in a block, or that its task has ended. */
export type Until = 'accepted' | 'final';

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

/** A transaction of the pool or of a block. @throws AivmError `not_found`. */
export function findTransaction(
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

/** How long to wait, and for what. */
export interface PlaceWait {
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
export async function waitForPlace(
  node: NodeApi,
  hash: Uint8Array,
  { until, timeoutMs, signal }: PlaceWait,
): Promise<TransactionPlace> {
  const endsAt = node.clock.now() + timeoutMs;
  for (;;) {
    const { tx, status } = findTransaction(node, hash);
    const place = placeOf(node, tx, status);
    const left = endsAt - node.clock.now();
    if (isReached(place, until) || left <= 0 || signal.aborted) return place;
    await waitForChange(node, place, { timeoutMs: Math.ceil(left), signal });
  }
}
