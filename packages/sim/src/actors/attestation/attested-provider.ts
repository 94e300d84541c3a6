import { machineOf } from '../../world/hardware.ts';
import { ProviderActor, type ProviderHabits } from '../provider-kit.ts';
import { Attestor } from './attestor.ts';

/** Habits of a provider that attests before it registers, renews in time and signs what its machine says. */
export const attestedHabits = (
  attestor: Attestor,
): Required<Pick<ProviderHabits, 'isReady' | 'also' | 'sessionSignature'>> => ({
  isReady: (view, me) => {
    attestor.keep(view, me);
    return attestor.isAttested(view, me);
  },
  also: (view, _provider, me) => attestor.keep(view, me),
  sessionSignature: (view, task, answer) => attestor.sign(view, task, answer),
});

/** An honest provider on hardware that the vendor vouches for. */
export const attestedProvider = (id: string): ProviderActor =>
  new ProviderActor({
    kind: 'attested-provider',
    isHonest: true,
    id,
    habits: attestedHabits(new Attestor(id, machineOf(id))),
  });
