import { ModeMultiPartyRedundant } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor } from './actor.ts';
import { cheapTask } from './buying.ts';

/** More seats than there are operators: every draw looks at everybody and finds too few. */
const HOPELESS_SEATS = 15;
const ACCOUNTS = 3;

/** Eats the draws of blocks: it keeps tasks in the queue that nobody can take, so that disputes and others' panels wait. */
export function drawStarver(name: string): Actor {
  const names = Array.from({ length: ACCOUNTS }, (_, i) => identityOf(`starver/${name}/${i}`));
  let made = 0;
  return {
    kind: 'draw-starver',
    isHonest: false,
    identities: names,
    act(view) {
      if (view.isDraining) return;
      for (const me of names) {
        const hopeless = { model: ECHO_MODEL, mode: ModeMultiPartyRedundant, n: HOPELESS_SEATS };
        if (view.submit(me, cheapTask(`${name}.${made}`, hopeless)) !== '') continue;
        made += 1;
        view.note('starve');
      }
    },
  };
}
