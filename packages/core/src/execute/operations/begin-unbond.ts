import { requireThat } from '../../errors/aivm-error.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, updateChain, writeProvider } from '../context/block-context.ts';
import { ownProvider } from '../providers/own-provider.ts';
import { beginToLeave } from '../providers/provider-lists.ts';

/** Ends new work and starts the wait after which the bond may leave. */
export function processBeginUnbond(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'beginUnbond'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireThat(
    provider.withdrawableAtHeight === 0,
    'duplicate',
    () => `provider "${provider.id}" has begun to unbond at an earlier height`,
  );
  const wasActive = provider.status === ProviderStatus.active;
  const left = wasActive ? beginToLeave(context, provider) : provider;
  writeProvider(context, {
    ...left,
    status: wasActive ? ProviderStatus.unbonding : provider.status,
    withdrawableAtHeight: context.height + context.params.unbondBlocks,
  });
  if (!wasActive) return;
  updateChain(context, (chain) => ({ providersActive: chain.providersActive - 1 }));
  context.events.push({ kind: 'provider', provider: provider.id, change: 'unbonding' });
}
