import { AivmError } from '@aivm/core/errors';
import { closeGapBelow, deliver } from './deliver.ts';
import { unknown } from './delivery-error.ts';
import type { OpenTransaction } from './open-transactions.ts';
import type { Patience } from './patience.ts';
import { findTransaction, type SenderState } from './sender-state.ts';
import { hasExpired, refreshHeight, signNext } from './sign-next.ts';

/**
 * Makes certain what becomes of a transaction that the node refuses while a copy may still be under way: gives its nonce
 * to a transfer of nothing and waits until a block carries one of the two.
 * @returns `landed` where it took effect after all; `outdated` where it never will.
 * @throws DeliveryError `unknown` where the time ends first.
 */
export async function outdate(
  state: SenderState,
  { tx }: OpenTransaction,
  patience: Patience,
): Promise<'landed' | 'outdated'> {
  const { open, wallet } = state;
  const operation = { kind: 'transfer', to: wallet.addressBytes, amount: 0n } as const;
  await refreshHeight(state, patience);
  const refused = open.findRefused(operation, tx.nonce)?.tx;
  const again = refused !== undefined && !hasExpired(state, refused) ? refused : undefined;
  const filler = await open.add(again ?? (await signNext(state, tx.nonce, operation)));
  for (let attempt = 0; ; attempt++) {
    const delivery = await deliver(state, filler, patience);
    if (delivery.kind === 'refused') {
      await open.refuse(filler);
      throw unknown(delivery.error, tx.id);
    }
    if (delivery.kind === 'gone') {
      await open.remove(filler);
      return (await findTransaction(state, tx.id, patience)) === undefined ? 'outdated' : 'landed';
    }
    const info = await findTransaction(state, filler.tx.id, patience);
    if (info !== undefined && info.state !== 'pending') {
      await open.settle(filler);
      return 'outdated';
    }
    await closeGapBelow(state, tx.nonce, patience);
    if (!(await patience.pause(undefined, attempt))) {
      throw unknown(new AivmError('timeout', 'no block has decided about its nonce yet'), tx.id);
    }
  }
}
