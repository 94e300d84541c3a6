import { ModeMultiPartyRedundant } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';

/** A genesis model that is served by everybody who names no models, and that no program of the simulation can run. */
const GARBAGE_MODEL = 'zen-coder-1.5b';

/** Buys what nobody can compute, from one provider and from panels, at the least fee: whoever is drawn can only fail. */
export function garbageSender(name: string, perMille: number): Actor {
  const me = identityOf(`garbage/${name}`);
  let made = 0;
  return {
    kind: 'garbage-sender',
    isHonest: false,
    identities: [me],
    act(view) {
      const { random } = view;
      if (view.isDraining || !random.chance(perMille)) return;
      const code = view.submit(me, {
        kind: 'submitTask',
        id: `${name}.${made}`,
        taskType: 'inference',
        model: GARBAGE_MODEL,
        input: random.bytes(random.between(1, 200)),
        fee: 1_000_000n,
        mode: random.chance(500) ? ModeMultiPartyRedundant : 0,
        maxAdmission: 0n,
        n: 0,
        maxNew: 0,
        deadlineBlocks: 20n,
      });
      if (code !== '') return;
      made += 1;
      view.note('garbage');
    },
  };
}
