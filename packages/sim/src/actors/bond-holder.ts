import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';
import { cheapTask } from './buying.ts';

/** Twenty times so much of a provider's bond answers for one such task. */
const feeOf = (minProviderBond: bigint): bigint => minProviderBond / 80n;

/** It holds for a while, and lets go for as long: a run shall not be of its tasks alone. */
const PERIOD = 50;
const HOLDS = 25;

/**
 * Binds the bonds of honest providers: it buys the dearest tasks that there are, so that everything they have answers for
 * something, and nothing would be left for a seat if a seat asked for it.
 */
export function bondHolder(name: string): Actor {
  const names = [0, 1].map((i) => identityOf(`bond-holder/${name}/${i}`));
  let made = 0;
  return {
    kind: 'bond-holder',
    isHonest: false,
    identities: names,
    act(view) {
      if (view.isDraining || view.round % PERIOD >= HOLDS) return;
      for (const me of names) {
        const id = `${name}.${made++}`;
        const fee = feeOf(view.config.minProviderBond);
        const code = view.submit(me, cheapTask(id, { fee, input: view.random.bytes(32) }));
        if (code === '') view.note('hold');
      }
    },
  };
}
