import type { SubmitEntry, TransactionPlace } from '@aivm/sdk';
import type { NodeApi } from '../../local/node-api.ts';
import type { TransactionUpstream } from '../transaction-upstream.ts';
import type { Until } from './transaction-place.ts';

/** How long a post waits when it asks to wait and names no time. */
const WAIT_MS = 30_000;

interface Posting {
  readonly wait?: Until | undefined;
  readonly timeout?: number | undefined;
  readonly signal: AbortSignal;
  readonly charge: (cost: number) => void;
}

/**
 * Passes on what a client posted. One that is no transaction of this chain is refused here, before anybody else is asked.
 * An entry of an array costs its client as much as a request.
 */
export async function submitUpstream(
  upstream: TransactionUpstream,
  node: NodeApi,
  body: Uint8Array | readonly Uint8Array[],
  { wait, timeout = WAIT_MS, signal, charge }: Posting,
): Promise<TransactionPlace | SubmitEntry[]> {
  if (body instanceof Uint8Array) node.parseTransaction(body);
  else charge(body.length - 1);
  const answer = await upstream.submit(body, { wait, timeoutMs: wait === undefined ? 0 : timeout, signal });
  return Array.isArray(answer) ? [...answer] : (answer as TransactionPlace);
}
