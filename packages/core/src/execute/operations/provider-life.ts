import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readChain } from '../../state/read.ts';
import { type Provider, ProviderStatus } from '../../state/records/provider.ts';
import type { OperationOf } from '../../tx/operations/definitions.ts';
import { dropAttestation } from '../attestation/keep-attestation.ts';
import { type BlockContext, updateChain, writeOperator, writeProvider } from '../context/block-context.ts';
import { credit, debit } from '../economy/money.ts';
import { recoveredOperator } from '../economy/reputation.ts';
import { lastEpochUptime } from '../economy/uptime.ts';
import { ownProvider } from '../providers/own-provider.ts';
import { leaveServedLists } from '../providers/served-lists.ts';

/** Refuses a provider that was convicted, or has left or is leaving. */
export function requireActive(provider: Provider): void {
  requireThat(
    provider.status !== ProviderStatus.slashed,
    'provider_slashed',
    () => `provider "${provider.id}" was convicted`,
  );
  requireThat(
    provider.status === ProviderStatus.active,
    'wrong_state',
    () => `provider "${provider.id}" has left or is leaving`,
  );
}

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

/** Adds to the bond of an active provider. */
export function processAddBond(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'addBond'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireActive(provider);
  debit(context, sender, operation.amount, 'bond');
  writeProvider(context, { ...provider, bond: provider.bond + operation.amount });
}

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
  writeProvider(context, {
    ...provider,
    status: wasActive ? ProviderStatus.unbonding : provider.status,
    withdrawableAtHeight: context.height + context.params.unbondBlocks,
  });
  if (!wasActive) return;
  leaveServedLists(context, provider.id);
  updateChain(context, (chain) => ({ providersActive: chain.providersActive - 1 }));
  context.events.push({ kind: 'provider', provider: provider.id, change: 'unbonding' });
}

/** Pays the whole bond back to the operator, once nothing is reserved and the wait is over. */
export function processWithdrawBond(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'withdrawBond'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  // A convicted provider stays `slashed`; what tells that its bond has left is that none is there.
  const hasLeft = provider.bond === 0n && provider.status !== ProviderStatus.active;
  requireThat(!hasLeft, 'duplicate', () => `provider "${provider.id}" has no bond left`);
  requireThat(provider.withdrawableAtHeight !== 0, 'wrong_state', () => 'beginUnbond comes first');
  requireThat(
    context.height >= provider.withdrawableAtHeight,
    'bond_reserved',
    () => `the bond may leave from height ${provider.withdrawableAtHeight}`,
  );
  requireThat(
    provider.reserved === 0n && provider.assigned.length === 0 && provider.openResults === 0,
    'bond_reserved',
    () => `unsettled work holds ${provider.reserved} of the bond`,
  );
  credit(context, sender, provider.bond);
  const slashed = provider.status === ProviderStatus.slashed;
  writeProvider(context, {
    ...provider,
    bond: 0n,
    status: slashed ? provider.status : ProviderStatus.withdrawn,
  });
  dropAttestation(context, provider.id);
  const operator = recoveredOperator(context.state, sender);
  writeOperator(context, sender, { ...operator, registrations: Math.max(0, operator.registrations - 1) });
  context.events.push({ kind: 'provider', provider: provider.id, change: 'withdrawn' });
}
