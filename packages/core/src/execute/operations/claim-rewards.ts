import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { requireProvider } from '../../state/read.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { credit } from '../economy/money.ts';
import { takeRewards } from '../economy/rewards.ts';

/** Pays what closed epochs owe the provider to its wallet. Operator or wallet may ask; nothing pending pays nothing. */
export function processClaimRewards(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'claimRewards'>,
): void {
  const provider = requireProvider(context.state, operation.provider);
  requireThat(
    equalBytes(provider.operator, sender) || equalBytes(provider.wallet, sender),
    'forbidden',
    () => `only the operator or the wallet of provider "${provider.id}" can claim`,
  );
  credit(context, provider.wallet, takeRewards(context, provider.id));
}
