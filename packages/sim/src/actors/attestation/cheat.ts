import type { Machine } from '../../world/hardware.ts';
import { type Identity, identityOf } from '../../world/identity.ts';
import type { Actor, View } from '../actor.ts';
import { ProviderActor, type ProviderHabits } from '../provider-kit.ts';
import { Attestor } from './attestor.ts';

/** Rounds between two attempts of one cheat. */
const ATTEMPT_ROUNDS = 9;
/** An attestation that ends sooner is no ground for an attempt: it might end before the attempt is judged. */
export const MARGIN_SECONDS = 20;

/** What a cheat tries with. */
export interface Attempts {
  readonly view: View;
  readonly me: Identity;
  readonly attestor: Attestor;
  /** Counts attempts, from 0: what is tried in turn. */
  readonly turn: number;
}

export interface CheatOptions {
  readonly kind: string;
  /** Of the provider, which signs every answer with its own session key, attested or not. */
  readonly id: string;
  readonly machine: Machine;
  readonly habits?: ProviderHabits;
  /** Tries what must be refused. @returns false where there was nothing to try. */
  tries(attempts: Attempts): boolean;
}

/** A provider that works for its money and tries now and then to be attested by what does not attest it. */
export function cheat({ kind, id, machine, habits, tries }: CheatOptions): Actor {
  const attestor = new Attestor(id, machine);
  const provider = new ProviderActor({
    kind,
    isHonest: false,
    id,
    habits: { sessionSignature: (view, task, answer) => attestor.sign(view, task, answer), ...habits },
  });
  const me = identityOf(`operator/${id}`);
  let turn = 0;
  let last = 0;
  return {
    kind,
    isHonest: false,
    identities: provider.identities,
    act(view) {
      provider.act(view);
      if (view.isDraining || view.round - last < ATTEMPT_ROUNDS) return;
      if (!tries({ view, me, attestor, turn })) return;
      turn += 1;
      last = view.round;
    },
  };
}
