import { equalBytes } from '@aivm/core/bytes';
import { CheckClass, readModel, readTask, readTaskOutput, Settlement } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { rightAnswer } from '../world/right-answer.ts';
import type { Actor, View } from './actor.ts';
import { claimFacts } from './named-facts.ts';

const RETRY_ROUNDS = 2;
/** 10 × fee, at least challengeBond, at most minProviderBond. */
const FEE_MULTIPLE = 10n;

export const challengeStake = ({ params, config }: View, fee: bigint): bigint => {
  const wanted = fee * FEE_MULTIPLE > params.challengeBond ? fee * FEE_MULTIPLE : params.challengeBond;
  return wanted < config.minProviderBond ? wanted : config.minProviderBond;
};

/** Re-runs every result that can be judged and challenges what differs, until the chain has heard it. */
export function watcher(name: string, { judgesOpaque = true } = {}): Actor {
  const me = identityOf(`watcher/${name}`);
  /** Tasks with a posted result that is wrong, and when it was challenged last. */
  const wrong = new Map<string, number>();
  const examine = (view: View, taskId: string): void => {
    const task = readTask(view.state, taskId);
    const isJudgeable =
      task?.checkClass === CheckClass.int8Kernel ||
      (judgesOpaque && task !== undefined && readModel(view.state, task.model)?.deterministic === true);
    const right =
      task && isJudgeable && task.settlement === Settlement.posted
        ? rightAnswer(view.state, task)
        : undefined;
    const posted = readTaskOutput(view.state, taskId);
    if (task === undefined || right === undefined || posted === undefined || equalBytes(right, posted)) {
      wrong.delete(taskId);
      return;
    }
    const last = wrong.get(taskId) ?? 0;
    if (view.round - last < RETRY_ROUNDS) return;
    wrong.set(taskId, view.round);
    const bond = challengeStake(view, task.fee);
    const code = view.submit(me, { kind: 'challenge', ...claimFacts(task), output: right, bond });
    if (code === '') view.note('challenge');
  };
  return {
    kind: 'watcher',
    isHonest: true,
    identities: [me],
    act(view) {
      for (const taskId of [...wrong.keys()]) examine(view, taskId);
      for (const event of view.events) {
        if (event.kind === 'task' && event.reason === 'posted' && !wrong.has(event.taskId)) {
          examine(view, event.taskId);
        }
      }
    },
  };
}
