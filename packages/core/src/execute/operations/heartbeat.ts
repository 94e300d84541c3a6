import { requireThat } from '../../errors/aivm-error.ts';
import { readChain } from '../../state/read.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { lastEpochUptime } from '../economy/uptime.ts';
import { ownProvider, requireActive } from '../providers/own-provider.ts';

/** Counts once in every period of heartbeatBlocks. @throws AivmError `duplicate` in the same period. */
export function processHeartbeat(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'heartbeat'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireActive(provider);
  const { heartbeatBlocks } = context.params;
  const period = Math.floor(context.height / heartbeatBlocks);
  const last = Math.floor(provider.heartbeatHeight / heartbeatBlocks);
  requireThat(
    provider.heartbeatHeight === 0 || period > last,
    'duplicate',
    () => `heartbeats count once in ${heartbeatBlocks} blocks`,
  );
  const { epoch } = readChain(context.state);
  writeProvider(context, {
    ...provider,
    uptime: lastEpochUptime(context.state, provider),
    heartbeats: provider.heartbeatEpoch === epoch ? provider.heartbeats + 1 : 1,
    heartbeatEpoch: epoch,
    heartbeatHeight: context.height,
    lastSeenAt: context.timestamp,
  });
}
