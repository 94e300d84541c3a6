import { readTask, readTaskOutput, Settlement } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { rightAnswer, wrongAnswer } from '../world/right-answer.ts';
import type { Actor, View } from './actor.ts';
import { claimFacts } from './named-facts.ts';
import { ProviderActor } from './provider-kit.ts';
import { challengeStake } from './watcher.ts';

/** How the accomplice accuses: with the truth, for the reward; or with another lie, to launder the first. */
export type Accusation = 'truth' | 'laundering';

/**
 * Lies and accuses itself: for a part of its own bond, or with a second lie in the hope that a lost challenge settles
 * the first. The one must cost more than it brings, the other must end in a conviction without reward.
 */
export function selfAccuser(id: string, accusation: Accusation): Actor {
  const kind = accusation === 'truth' ? 'self-accuser' : 'self-challenging-watcher';
  const accomplice = identityOf(`accomplice/${id}`);
  const provider = new ProviderActor({
    kind,
    isHonest: false,
    id,
    habits: {
      answer: (view, task, right) => {
        // A bond is lost once; the first rounds are for a good name.
        if (view.round < 40 || !task.model.startsWith('wdbc')) return right;
        view.note('lie');
        return wrongAnswer(right);
      },
    },
  });
  const accuse = (view: View, taskId: string): void => {
    const task = readTask(view.state, taskId);
    if (task === undefined || task.assignedTo !== id || task.settlement !== Settlement.posted) return;
    const right = rightAnswer(view.state, task);
    const posted = readTaskOutput(view.state, taskId);
    if (right === undefined || posted === undefined || right[0] === posted[0]) return;
    const code = view.submit(accomplice, {
      kind: 'challenge',
      ...claimFacts(task),
      output: accusation === 'truth' ? right : wrongAnswer(right, 2),
      bond: challengeStake(view, task.fee),
    });
    view.note(code === '' ? 'accuse' : `accuse-${code}`);
  };
  return {
    kind,
    isHonest: false,
    identities: [...provider.identities, accomplice],
    act(view) {
      provider.act(view);
      for (const event of view.events) {
        if (event.kind === 'task' && event.reason === 'posted') accuse(view, event.taskId);
      }
    },
  };
}
