import type { Operation } from '@aivm/core/tx';
import type { Identity } from '../../world/identity.ts';
import type { View } from '../actor.ts';

/**
 * Tries what must be refused: in the pool, and where that does not take it, in a block of somebody who includes anything.
 * Reports count it with the code, so that a cheat which nobody tried, or which got through, shows.
 */
export function attempt(view: View, me: Identity, name: string, operation: Operation): void {
  const bytes = view.sign(me, operation, { nonce: view.nextNonce(me) });
  const code = view.send(bytes);
  view.note(`${name} ${code === '' ? 'taken' : code}`);
  if (code !== '') view.sneak(bytes);
}
