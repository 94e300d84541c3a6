import { ModeMultiPartyRedundant } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';

/** Buys panels in bursts, so that every honest provider holds as many seats as can be when somebody else needs it. */
export function seatHolder(
  name: string,
  { burst, every }: { readonly burst: number; readonly every: number },
): Actor {
  const me = identityOf(`seats/${name}`);
  let made = 0;
  return {
    kind: 'seat-holder',
    isHonest: false,
    identities: [me],
    act(view) {
      if (view.isDraining || view.round % every !== 0) return;
      for (let i = 0; i < burst; i++) {
        const code = view.submit(me, {
          kind: 'submitTask',
          id: `${name}.${made}`,
          taskType: 'inference',
          model: 'wdbc-int8',
          input: view.random.bytes(32),
          fee: 1_000_000n,
          mode: ModeMultiPartyRedundant,
          maxAdmission: 0n,
          n: 3,
          maxNew: 0,
          deadlineBlocks: 40n,
        });
        if (code !== '') return;
        made += 1;
        view.note('hold');
      }
    },
  };
}
