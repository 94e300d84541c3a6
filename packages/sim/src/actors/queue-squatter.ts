import { readModel } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';
import { cheapTask } from './buying.ts';
import { ownModel } from './own-model.ts';

/** More than the last place of any simulated queue costs. */
const ANY_ADMISSION = 10n ** 18n;
const ACCOUNTS = 3;
/** Rounds in which it squats, and in which it lets others in, so that the queue moves. */
const SQUATS = 30;
const PERIOD = 60;
/** Rounds that each account has before the next one: enough for all of the queue, if it could have it. */
const HEAD_START = 6;

/**
 * Holds the whole queue with tasks of models that nobody serves: one account and one model hold at most half of it, so it has
 * several of both, and pays whatever a place costs.
 */
export function queueSquatter(name: string): Actor {
  const names = Array.from({ length: ACCOUNTS }, (_, i) => identityOf(`squatter/${name}/${i}`));
  const modelOf = (i: number): string => `squat-${name}-${i}`;
  let made = 0;
  return {
    kind: 'queue-squatter',
    isHonest: false,
    identities: names,
    act(view) {
      if (view.isDraining) return;
      for (const [i, me] of names.entries()) {
        const model = modelOf(i);
        if (readModel(view.state, model) === undefined) {
          if (view.round % 5 === 1) view.submit(me, ownModel(model));
          continue;
        }
        const turn = view.round % PERIOD;
        if (turn < i * HEAD_START || turn >= SQUATS) continue;
        for (let step = 0; step < 2; step++) {
          const terms = { model, maxAdmission: ANY_ADMISSION, deadlineBlocks: 20n };
          const code = view.submit(me, cheapTask(`${name}.${made}`, terms));
          if (code === '') made += 1;
          view.note(code === '' ? 'squat' : `squat-${code}`);
        }
      }
    },
  };
}
