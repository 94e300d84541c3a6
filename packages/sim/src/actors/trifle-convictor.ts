import {
  ProviderStatus,
  readModel,
  readProvider,
  readTask,
  readTaskOutput,
  Settlement,
} from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { rightAnswer, wrongAnswer } from '../world/right-answer.ts';
import type { Actor, View } from './actor.ts';
import { cheapTask } from './buying.ts';
import { claimFacts } from './named-facts.ts';
import { ownModel } from './own-model.ts';
import { ProviderActor } from './provider-kit.ts';
import { challengeStake } from './watcher.ts';

const TRIFLE_MODEL = 'wdbc-int8';
/** Dear lies that stand before the trifle is proven. */
const DEAR_MIN = 5;

/**
 * Lies in dear tasks, and has an accomplice convict it on its cheapest lie before anybody disputes the others: with the
 * forfeit of that one alone it would keep the bond that answers for all.
 */
export function trifleConvictor(id: string): Actor {
  const accomplice = identityOf(`trifle/accomplice/${id}`);
  const buyer = identityOf(`trifle/buyer/${id}`);
  const model = `dear-${id}`;
  let made = 0;
  const heldBy = (view: View): bigint => readProvider(view.state, id)?.reserved ?? 0n;
  const isReadyToFall = (view: View): boolean => heldBy(view) > view.config.minProviderBond;
  const provider = new ProviderActor({
    kind: 'trifle-convictor',
    isHonest: false,
    id,
    models: [model, TRIFLE_MODEL],
    habits: {
      isReady: (view) => readModel(view.state, model) !== undefined,
      answer: (view, task, right) => {
        if (task.model === model) return wrongAnswer(right);
        // The trifle's answer is kept back until there is something to save.
        if (!isReadyToFall(view)) return view.height + 2 >= task.timeoutHeight ? right : undefined;
        view.note('trifle');
        return wrongAnswer(right);
      },
    },
  });
  const accuse = (view: View, taskId: string): void => {
    const task = readTask(view.state, taskId);
    if (task?.model !== TRIFLE_MODEL || task.assignedTo !== id || task.settlement !== Settlement.posted)
      return;
    const right = rightAnswer(view.state, task);
    const posted = readTaskOutput(view.state, taskId);
    if (right === undefined || posted === undefined || right[0] === posted[0]) return;
    const bond = challengeStake(view, task.fee);
    const code = view.submit(accomplice, { kind: 'challenge', ...claimFacts(task), output: right, bond });
    view.note(code === '' ? 'accuse' : `accuse-${code}`);
  };
  const buy = (view: View): void => {
    if (view.isDraining) return;
    if (readModel(view.state, model) === undefined) {
      if (view.round % 5 === 1) view.submit(buyer, ownModel(model));
      return;
    }
    if (readProvider(view.state, id) === undefined) return;
    const input = view.random.bytes(32);
    const isDear = made < DEAR_MIN || (!isReadyToFall(view) && view.round % 2 === 0);
    const terms = isDear ? { model, fee: view.config.minProviderBond / 80n } : { model: TRIFLE_MODEL };
    if (view.submit(buyer, cheapTask(`${id}.${made}`, { ...terms, input })) === '') made += 1;
  };
  return {
    kind: 'trifle-convictor',
    isHonest: false,
    identities: [...provider.identities, accomplice, buyer],
    act(view) {
      provider.act(view);
      for (const event of view.events) {
        if (event.kind === 'task' && event.reason === 'posted') accuse(view, event.taskId);
      }
      if (readProvider(view.state, id)?.status !== ProviderStatus.slashed) buy(view);
    },
  };
}
