import { AivmError } from '@aivm/core/errors';
import { parseTransaction, type Transaction } from '@aivm/core/tx';
import { routes } from '../routes/routes.ts';
import { WAIT_MS_MAX } from '../schemas/scalars.ts';
import type { SubmitEntry, TransactionInfo, TransactionPlace } from '../schemas/transaction.ts';
import type { SubmitOptions } from './client-options.ts';
import type { Transport } from './transport.ts';

const WAIT_MS = 30_000;
const REQUEST_MS = 15_000;

const bytesOf = (tx: Transaction | Uint8Array): Uint8Array => (tx instanceof Uint8Array ? tx : tx.bytes);
const idOf = (tx: Transaction | Uint8Array): Uint8Array =>
  tx instanceof Uint8Array ? parseTransaction(tx).id : tx.id;

async function post(transport: Transport, body: unknown, options: SubmitOptions): Promise<unknown> {
  const { wait, waitMs = WAIT_MS, ...rest } = options;
  const timeout = Math.min(WAIT_MS_MAX, waitMs);
  const query = wait === undefined ? {} : { wait, timeout };
  const timeoutMs = (wait === undefined ? 0 : timeout) + REQUEST_MS;
  return transport.call(routes.submitTransaction, { query, body }, { timeoutMs, ...rest });
}

/**
 * A repeated post can meet its own first try: the node then says that it knows the transaction, or that its nonce is
 * used. Whether it was this very transaction is asked by its hash.
 */
async function placeOfKnown(
  transport: Transport,
  tx: Transaction | Uint8Array,
  error: unknown,
  options: SubmitOptions,
): Promise<TransactionPlace> {
  const isKnown =
    error instanceof AivmError && (error.code === 'already_known' || error.code === 'nonce_too_low');
  if (!isKnown) throw error;
  try {
    const { wait, waitMs = WAIT_MS, ...rest } = options;
    const waiting = wait === undefined ? 0 : Math.min(WAIT_MS_MAX, waitMs);
    const query = wait === undefined ? {} : { until: wait, wait: waiting };
    const input = { params: { hash: idOf(tx) }, query };
    const timeoutMs = waiting + REQUEST_MS;
    return (await transport.call(routes.getTransaction, input, { timeoutMs, ...rest })) as TransactionInfo;
  } catch (lookup) {
    if (lookup instanceof AivmError && lookup.code === 'not_found') throw error;
    throw lookup;
  }
}

export async function submitTransaction(
  transport: Transport,
  tx: Transaction | Uint8Array,
  options: SubmitOptions = {},
): Promise<TransactionPlace> {
  try {
    return (await post(transport, bytesOf(tx), options)) as TransactionPlace;
  } catch (error) {
    return await placeOfKnown(transport, tx, error, options);
  }
}

export async function submitTransactions(
  transport: Transport,
  list: readonly (Transaction | Uint8Array)[],
  options: SubmitOptions = {},
): Promise<readonly SubmitEntry[]> {
  return (await post(transport, list.map(bytesOf), options)) as readonly SubmitEntry[];
}
