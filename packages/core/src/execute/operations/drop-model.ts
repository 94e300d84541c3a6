import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { dropBlob } from '../providers/held-blobs.ts';
import { ownProvider } from '../providers/own-provider.ts';

/** Takes a provider out of the list of those that hold a blob. What it was drawn for stays its own. */
export function processDropModel(
  context: BlockContext,
  sender: Uint8Array,
  { provider: id, weightHash }: OperationOf<'dropModel'>,
): void {
  const provider = ownProvider(context, sender, id);
  requireThat(
    provider.holds.some((held) => equalBytes(held, weightHash)),
    'wrong_state',
    () => `provider "${id}" does not hold this blob`,
  );
  writeProvider(context, dropBlob(context, provider, weightHash));
  context.events.push({ kind: 'provider', provider: id, change: 'drops' });
}
