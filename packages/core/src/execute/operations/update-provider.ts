import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { ownProvider, requireActive } from '../providers/own-provider.ts';

/** Replaces endpoint, wallet and GPUs. */
export function processUpdateProvider(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'updateProvider'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireActive(provider);
  requireThat(!isZeroBytes(operation.walletAddress), 'malformed', () => 'walletAddress: the zero address');
  const { walletAddress: wallet, endpoint, gpus } = operation;
  writeProvider(context, { ...provider, wallet, endpoint, gpus, lastSeenAt: context.timestamp });
  context.events.push({ kind: 'provider', provider: provider.id, change: 'updated' });
}
