import { ModeMultiPartyRedundant } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor } from './actor.ts';
import { cheapTask } from './buying.ts';
import { colluders } from './colluders.ts';

/** Sizes of panels that are no panels, or that leave the majority open. */
const SIZES: readonly number[] = [1, 2, 4, 17];

/**
 * Wants receipts that say "redundant" and are one provider's word: it asks for panels of one seat, and of sizes that have no
 * majority of their own, and its providers lie in all of its tasks.
 */
export function oneOfOneIssuer(ids: readonly string[]): Actor {
  const buyer = identityOf('issuer/buyer');
  let made = 0;
  const gang = colluders({
    kind: 'one-of-one-issuer',
    ids,
    lies: (_view, task) => task.id.startsWith('issue.'),
    also(view) {
      if (view.isDraining || view.round % 6 !== 0) return;
      const n = made % 3 === 2 ? 3 : (SIZES[made % SIZES.length] ?? 1);
      const id = `issue.${made++}`;
      const asked = { model: ECHO_MODEL, input: view.random.bytes(32), mode: ModeMultiPartyRedundant, n };
      const code = view.submit(buyer, cheapTask(id, asked));
      view.note(code === '' ? 'issue' : `issue-${code}`);
      // Whoever makes blocks may include it all the same: it must fail there too.
      if (code !== '') view.sneak(view.sign(buyer, cheapTask(id, asked), { nonce: view.nextNonce(buyer) }));
    },
  });
  return { ...gang, identities: [...gang.identities, buyer] };
}
