import type { Transaction } from '@aivm/core/tx';
import type { Patience } from './patience.ts';
import { hasCode, type SenderState } from './sender-state.ts';

/** One post. @returns undefined where the node took it, else the error. */
export async function postOnce(
  { client }: SenderState,
  tx: Transaction,
  patience: Patience,
): Promise<unknown> {
  try {
    await client.call('submitTransaction', { query: {}, body: tx.bytes }, patience.request());
    return undefined;
  } catch (error) {
    patience.throwIfAborted();
    // Signed with this sender's key for this operation: whichever way they came, they are the same bytes.
    return hasCode(error, 'already_known') ? undefined : error;
  }
}
