import { equalBytes } from '@aivm/core/bytes';
import { readTask, readTaskOutput, Settlement } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { rightAnswer } from '../world/right-answer.ts';
import type { Actor } from './actor.ts';
import { claimFacts } from './named-facts.ts';
import { ProviderActor } from './provider-kit.ts';
import { challengeStake } from './watcher.ts';

/**
 * Moves when it is almost too late, and a block after: answers in the last block before the timeout, challenges in the
 * last block of a window and again where the window has ended. No height may be in both "in time" and "too late".
 */
export function lastBlockMover(id: string): Actor {
  const accuser = identityOf(`last/${id}`);
  const provider = new ProviderActor({
    kind: 'last-block-mover',
    isHonest: false,
    id,
    habits: {
      answer: (view, task, right) => {
        const next = view.height + 1;
        if (task.timeoutHeight > 0 && next < task.timeoutHeight - 1) return undefined;
        view.note('last-answer');
        return right;
      },
    },
  });
  /** Results in their window that are worth a challenge. */
  const open = new Set<string>();
  return {
    kind: 'last-block-mover',
    isHonest: false,
    identities: [...provider.identities, accuser],
    act(view) {
      provider.act(view);
      for (const event of view.events) {
        if (event.kind === 'task' && event.reason === 'posted') open.add(event.taskId);
      }
      for (const taskId of [...open]) {
        const task = readTask(view.state, taskId);
        const right = task && rightAnswer(view.state, task);
        const output = readTaskOutput(view.state, taskId);
        if (task === undefined || right === undefined || output === undefined || equalBytes(right, output)) {
          open.delete(taskId);
          continue;
        }
        // The block that carries it is at least the next one: on time there, or exactly one too late.
        const isLast = view.height + 1 >= task.finalAtHeight - 1;
        if (task.settlement === Settlement.posted && !isLast) continue;
        open.delete(taskId);
        const code = view.submit(accuser, {
          kind: 'challenge',
          ...claimFacts(task),
          output: right,
          bond: challengeStake(view, task.fee),
        });
        view.note(code === '' ? 'last-challenge' : `late-${code}`);
      }
    },
  };
}
