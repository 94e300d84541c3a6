import { requireThat } from '../../errors/aivm-error.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { dropAttestation } from '../attestation/keep-attestation.ts';
import { type BlockContext, writeOperator, writeProvider } from '../context/block-context.ts';
import { credit } from '../economy/money.ts';
import { recoveredOperator } from '../economy/reputation.ts';
import { forgetOwned } from '../providers/convicted-operators.ts';
import { ownProvider } from '../providers/own-provider.ts';
import { leaveLists } from '../providers/provider-lists.ts';

/** Pays the whole bond back to the operator, once nothing is reserved and the wait is over. */
export function processWithdrawBond(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'withdrawBond'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  // A convicted provider stays `slashed`: it has left once no bond is there. Any other one may have lost its bond to
  // penalties, and leaves all the same: it holds a registration and devices.
  const isSlashed = provider.status === ProviderStatus.slashed;
  const hasLeft = provider.status === ProviderStatus.withdrawn || (isSlashed && provider.bond === 0n);
  requireThat(!hasLeft, 'duplicate', () => `provider "${provider.id}" has no bond left`);
  requireThat(provider.withdrawableAtHeight !== 0, 'wrong_state', () => 'beginUnbond comes first');
  requireThat(
    context.height >= provider.withdrawableAtHeight,
    'bond_reserved',
    () => `the bond may leave from height ${provider.withdrawableAtHeight}`,
  );
  requireThat(
    provider.reserved === 0n &&
      provider.assigned.length === 0 &&
      provider.openResults === 0 &&
      provider.openSeats === 0,
    'bond_reserved',
    () => `unsettled work holds ${provider.reserved} of the bond, and ${provider.openSeats} seats are open`,
  );
  credit(context, sender, provider.bond);
  writeProvider(context, {
    ...leaveLists(context, provider),
    bond: 0n,
    status: isSlashed ? provider.status : ProviderStatus.withdrawn,
  });
  forgetOwned(context, provider);
  dropAttestation(context, provider.id);
  const operator = recoveredOperator(context.state, sender);
  writeOperator(context, sender, { ...operator, registrations: Math.max(0, operator.registrations - 1) });
  context.events.push({ kind: 'provider', provider: provider.id, change: 'withdrawn' });
}
