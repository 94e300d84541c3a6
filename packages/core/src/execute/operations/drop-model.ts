import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { dropBlob } from '../providers/held-blobs.ts';
import { ownProvider } from '../providers/own-provider.ts';

/** Takes a provider out of the lists of all networks that it holds a blob for. What it was drawn for stays its own. */
export function processDropModel(
  context: BlockContext,
  sender: Uint8Array,
  { provider: id, weightHash }: OperationOf<'dropModel'>,
): void {
  const provider = ownProvider(context, sender, id);
  const dropped = provider.holds.filter((held) => equalBytes(held.weightHash, weightHash));
  requireThat(dropped.length > 0, 'wrong_state', () => `provider "${id}" does not hold this blob`);
  writeProvider(
    context,
    dropped.reduce((left, holding) => dropBlob(context, left, holding), provider),
  );
  context.events.push({ kind: 'provider', provider: id, change: 'drops' });
}
