import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readChain } from '../../state/read.ts';
import { leastFeeAt } from '../../state/records/provider.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { largestFee } from '../context/largest-fee.ts';
import { ownProvider, requireActive } from '../providers/own-provider.ts';

/**
 * Replaces endpoint, wallet and GPUs at once. The least fee changes with the next epoch, so that nobody can step aside of
 * a task that it has seen.
 */
export function processUpdateProvider(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'updateProvider'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireActive(provider);
  requireThat(!isZeroBytes(operation.walletAddress), 'malformed', () => 'walletAddress: the zero address');
  const { walletAddress: wallet, endpoint, gpus } = operation;
  const most = largestFee(context.config, context.params);
  requireThat(
    operation.leastFee <= most,
    'fee_too_high',
    () => `leastFee ${operation.leastFee}: no task pays more than ${most}`,
  );
  const { epoch } = readChain(context.state);
  const leastFee = {
    now: leastFeeAt(provider, epoch),
    next: operation.leastFee,
    fromEpoch: epoch + 1n,
  };
  writeProvider(context, { ...provider, wallet, endpoint, gpus, leastFee, lastSeenAt: context.timestamp });
  context.events.push({ kind: 'provider', provider: provider.id, change: 'updated' });
}
