import { ProviderStatus } from '@aivm/core/state';
import { machineOf } from '../../world/hardware.ts';
import { identityOf } from '../../world/identity.ts';
import { wrongAnswer } from '../../world/right-answer.ts';
import { ProviderActor } from '../provider-kit.ts';
import { attempt } from './attempt.ts';
import { attestedHabits } from './attested-provider.ts';
import { Attestor } from './attestor.ts';

/** Rounds of honest work, under which it is attested. */
const LIES_AFTER_ROUNDS = 40;

/**
 * Has good hardware and lies on it: every answer after a while is false and vouched for by the attested key. Convicted,
 * it attests again, as if nothing had been.
 */
export function teeLiar(id: string, lies: number): ProviderActor {
  const attestor = new Attestor(id, machineOf(id));
  const habits = attestedHabits(attestor);
  const lied = new Set<string>();
  return new ProviderActor({
    kind: 'tee-liar',
    isHonest: false,
    id,
    habits: {
      ...habits,
      answer: (view, task, right) => {
        if (view.round < LIES_AFTER_ROUNDS || !task.model.startsWith('wdbc')) return right;
        const name = `${task.id}/${task.attempt}`;
        if (lied.size >= lies && !lied.has(name)) return right;
        if (!lied.has(name))
          view.note(attestor.isAttested(view, identityOf(`operator/${id}`)) ? 'attested-lie' : 'lie');
        lied.add(name);
        return wrongAnswer(right);
      },
      also: (view, provider, me) => {
        if (provider.status !== ProviderStatus.slashed) habits.also(view, provider, me);
        else if (view.round % 30 === 0)
          attempt(view, me, 'attest-after-conviction', attestor.operation(view, me));
      },
    },
  });
}
