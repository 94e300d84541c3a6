import { machineOf } from '../../world/hardware.ts';
import { identityOf } from '../../world/identity.ts';
import type { Actor } from '../actor.ts';
import { ProviderActor } from '../provider-kit.ts';
import { attempt } from './attempt.ts';
import { attestedHabits } from './attested-provider.ts';
import { Attestor } from './attestor.ts';
import { cheat, MARGIN_SECONDS } from './cheat.ts';

/** One machine for two providers of two operators: the first is attested, the second is to be the same machine. */
export function sharedDevice(id: string): Actor {
  const kind = 'shared-device';
  const machine = machineOf(id);
  const owner = identityOf(`operator/${id}`);
  const attestor = new Attestor(id, machine);
  const first = new ProviderActor({ kind, isHonest: false, id, habits: attestedHabits(attestor) });
  const second = cheat({
    kind,
    id: `${id}.second`,
    machine,
    tries: ({ view, me, attestor: own }) => {
      if (!attestor.isAttested(view, owner, MARGIN_SECONDS)) return false;
      attempt(view, me, 'second', own.operation(view, me));
      return true;
    },
  });
  return {
    kind,
    isHonest: false,
    identities: [...first.identities, ...second.identities],
    act(view) {
      first.act(view);
      second.act?.(view);
    },
  };
}
