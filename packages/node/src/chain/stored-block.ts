import { parseBlock, type StatelessBlock } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import { parseKnownTransaction } from '@aivm/core/tx';

/**
 * A block from this node's own store, with the senders that its transactions had when it was accepted, in the order of
 * its bytes: no signature is recovered again.
 * @throws AivmError `malformed` where bytes and senders do not belong together.
 */
export function parseStoredBlock(bytes: Uint8Array, senders: readonly Uint8Array[]): StatelessBlock {
  let next = 0;
  const block = parseBlock(bytes, (tx) => {
    const sender = senders[next++];
    if (sender === undefined) throw new AivmError('malformed', 'block: more transactions than senders');
    return parseKnownTransaction(tx, sender);
  });
  if (next !== senders.length) throw new AivmError('malformed', 'block: fewer transactions than senders');
  return block;
}
