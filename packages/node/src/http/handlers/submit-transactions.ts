import { setMaxListeners } from 'node:events';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import type { SubmitEntry, TransactionPlace } from '@aivm/sdk';
import type { NodeApi } from '../../local/node-api.ts';
import { createTimeSlice } from '../time-slice.ts';
import { type Until, waitForPlace } from './transaction-place.ts';

/** How long a post waits when it asks to wait and names no time. */
const WAIT_MS = 30_000;

/** Listeners that the server itself may hold on a request's signal. */
const OTHER_LISTENERS = 10;

interface Waiting {
  readonly wait?: Until | undefined;
  readonly timeout?: number | undefined;
  readonly signal: AbortSignal;
}

/** Where an admitted transaction stands, after the wait that the request asks for. */
async function placeAfterWait(
  node: NodeApi,
  tx: Transaction,
  { wait, timeout = WAIT_MS, signal }: Waiting,
): Promise<TransactionPlace> {
  if (wait === undefined) return { hash: tx.id, state: 'pending' };
  return waitForPlace(node, tx.id, { until: wait, timeoutMs: timeout, signal });
}

/** Admits one transaction and waits for it as the request asks. @throws AivmError why it is refused. */
export const submitOne = async (
  node: NodeApi,
  bytes: Uint8Array,
  waiting: Waiting,
): Promise<TransactionPlace> => placeAfterWait(node, node.submitTransaction(bytes), waiting);

/** An entry of an array: its transaction, or why it is none. */
interface Entry {
  readonly index: number;
  readonly tx: Transaction | AivmError;
}

function parseEntry(node: NodeApi, bytes: Uint8Array, index: number): Entry {
  try {
    return { index, tx: node.parseTransaction(bytes) };
  } catch (error) {
    if (error instanceof AivmError) return { index, tx: error };
    throw error;
  }
}

/** A sender's transactions by nonce, whatever their order in the array; senders stay in the order of their first ones. */
function inOrderOfNonces(entries: readonly Entry[]): readonly Entry[] {
  const firsts = new Map<string, number>();
  const rankOf = ({ index, tx }: Entry): number => {
    if (tx instanceof AivmError) return index;
    const sender = bytesToHex(tx.sender);
    const first = firsts.get(sender) ?? index;
    firsts.set(sender, first);
    return first;
  };
  const ranked = entries.map((entry) => ({ entry, rank: rankOf(entry) }));
  ranked.sort((left, right) => {
    const a = left.entry.tx;
    const b = right.entry.tx;
    if (left.rank !== right.rank || a instanceof AivmError || b instanceof AivmError) {
      return left.rank - right.rank || left.entry.index - right.entry.index;
    }
    return a.nonce < b.nonce ? -1 : Number(a.nonce > b.nonce);
  });
  return ranked.map(({ entry }) => entry);
}

interface Refusal {
  readonly index: number;
  readonly nonce: bigint;
  readonly code: string;
}

/** Admits the entries of one array, and remembers what it refused of each sender first. */
class Admission {
  readonly #node: NodeApi;
  readonly #refusals = new Map<string, Refusal>();

  constructor(node: NodeApi) {
    this.#node = node;
  }

  /** Undefined, or why the entry is refused; of a gap that the array made itself, which of its entries made it. */
  admit({ index, tx }: Entry): SubmitEntry | undefined {
    if (tx instanceof AivmError) return { code: tx.code, detail: tx.detail };
    try {
      this.#node.submitTransaction(tx.bytes);
      return undefined;
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
      const sender = bytesToHex(tx.sender);
      const cause = this.#refusals.get(sender);
      if (cause === undefined) this.#refusals.set(sender, { index, nonce: tx.nonce, code: error.code });
      const isOwnGap = error.code === 'nonce_gap' && cause !== undefined;
      const because = isOwnGap
        ? `; entry ${cause.index} of this request, nonce ${cause.nonce}, was refused: ${cause.code}`
        : '';
      return { code: error.code, detail: error.detail + because };
    }
  }
}

/** Where an admitted entry stands after the wait, or why the pool gave it up. */
async function answerOf(node: NodeApi, tx: Transaction, waiting: Waiting): Promise<SubmitEntry> {
  try {
    return await placeAfterWait(node, tx, waiting);
  } catch (error) {
    if (error instanceof AivmError) return { code: error.code, detail: error.detail };
    throw error;
  }
}

/**
 * Admits the transactions of an array, a sender's in the order of its nonces, and answers each on its own. An entry costs
 * its client as much as a request.
 */
export async function submitMany(
  node: NodeApi,
  list: readonly Uint8Array[],
  { charge, ...waiting }: Waiting & { readonly charge: (cost: number) => void },
): Promise<SubmitEntry[]> {
  charge(list.length - 1);
  // Every entry waits on the request's one signal, each once: that many listeners are no leak.
  setMaxListeners(list.length + OTHER_LISTENERS, waiting.signal);
  const pause = createTimeSlice(node.clock);
  const entries: Entry[] = [];
  for (const [index, bytes] of list.entries()) {
    entries.push(parseEntry(node, bytes, index));
    await pause();
  }
  const admission = new Admission(node);
  const answers = new Array<SubmitEntry | Promise<SubmitEntry>>(list.length);
  for (const entry of inOrderOfNonces(entries)) {
    const refused = admission.admit(entry);
    answers[entry.index] = refused ?? answerOf(node, entry.tx as Transaction, waiting);
    await pause();
  }
  return Promise.all(answers);
}
