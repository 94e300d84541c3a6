import { type ProviderRecord as Provider, ProviderStatus, readTask, Settlement } from '@aivm/core/state';
import type { Identity } from '../world/identity.ts';
import { wrongAnswer } from '../world/right-answer.ts';
import type { View } from './actor.ts';
import { ProviderActor } from './provider-kit.ts';

/** After so many rounds it lies once and runs. */
const LIES_AFTER_ROUNDS = 60;

function run(view: View, { id, status, bond }: Provider, me: Identity, hasLied: boolean): void {
  if (status === ProviderStatus.active && hasLied) {
    if (view.submit(me, { kind: 'beginUnbond', id }) === '') view.note('unbond');
    return;
  }
  if (status === ProviderStatus.active || bond === 0n || view.round % 3 !== 0) return;
  const withdraw = { kind: 'withdrawBond', id } as const;
  if (view.submit(me, withdraw) === '') view.note('withdrawn');
  else view.sneak(view.sign(me, withdraw, { nonce: view.nextNonce(me) }));
}

/** Works honestly, then posts a lie and tries to be gone with its bond before anybody has proved it. */
export function unbondRacer(id: string, lies: boolean): ProviderActor {
  let lied = '';
  return new ProviderActor({
    kind: 'unbond-racer',
    isHonest: false,
    id,
    habits: {
      answer: (view, task, right) => {
        if (view.round < LIES_AFTER_ROUNDS || (lied !== '' && lied !== task.id)) return right;
        lied = task.id;
        view.note('race');
        return lies ? wrongAnswer(right) : right;
      },
      also: (view, provider, me) => {
        const hasLied = lied !== '' && readTask(view.state, lied)?.settlement === Settlement.posted;
        run(view, provider, me, hasLied || (lied !== '' && !lies));
        if (provider.status === ProviderStatus.slashed && view.round % 10 === 0) {
          view.submit(me, { kind: 'beginUnbond', id });
        }
      },
    },
  });
}
