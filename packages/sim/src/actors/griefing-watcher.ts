import { equalBytes } from '@aivm/core/bytes';
import { readTask, readTaskOutput, Settlement } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { rightAnswer, wrongAnswer } from '../world/right-answer.ts';
import type { Actor, View } from './actor.ts';
import { claimFacts } from './named-facts.ts';
import { challengeStake } from './watcher.ts';

function slander(view: View, taskId: string, by: Parameters<View['submit']>[0]): string | undefined {
  const task = readTask(view.state, taskId);
  if (task === undefined || task.settlement !== Settlement.posted) return undefined;
  const posted = readTaskOutput(view.state, taskId);
  const right = rightAnswer(view.state, task);
  if (posted === undefined || right === undefined || !equalBytes(posted, right)) return undefined;
  return view.submit(by, {
    kind: 'challenge',
    ...claimFacts(task),
    output: wrongAnswer(right),
    bond: challengeStake(view, task.fee),
  });
}

const posted = (view: View): string[] =>
  view.events.flatMap((event) => (event.kind === 'task' && event.reason === 'posted' ? [event.taskId] : []));

/** Challenges right results to delay them and to tire their providers; each costs it a bond, half of it to the victim. */
export function griefingWatcher(name: string, perMille: number): Actor {
  const me = identityOf(`griefer/${name}`);
  return {
    kind: 'griefing-watcher',
    isHonest: false,
    identities: [me],
    act(view) {
      for (const taskId of posted(view)) {
        if (!view.random.chance(perMille)) continue;
        const code = slander(view, taskId, me);
        if (code !== undefined) view.note(code === '' ? 'slander' : `slander-${code}`);
      }
    },
  };
}

/** One person under many names: all of them challenge the same result in the same block, right or wrong. */
export function sybilChallengers(name: string, count: number): Actor {
  const names = Array.from({ length: count }, (_, i) => identityOf(`sybil/${name}/${i}`));
  return {
    kind: 'sybil-challengers',
    isHonest: false,
    identities: names,
    act(view) {
      const [taskId] = posted(view);
      if (taskId === undefined || !view.random.chance(150)) return;
      for (const me of names) {
        const code = slander(view, taskId, me);
        if (code !== undefined) view.note(code === '' ? 'slander' : `slander-${code}`);
      }
    },
  };
}
