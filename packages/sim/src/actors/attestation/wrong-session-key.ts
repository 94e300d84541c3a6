import { namedHash } from '@aivm/core/crypto';
import { hashSessionResult } from '@aivm/core/execute';
import {
  type ProviderRecord as Provider,
  readTask,
  type TaskRecord as Task,
  TaskStatus,
} from '@aivm/core/state';
import { machineOf } from '../../world/hardware.ts';
import { type Identity, identityOf, signHash } from '../../world/identity.ts';
import { rightAnswer } from '../../world/right-answer.ts';
import type { View } from '../actor.ts';
import { answerFacts } from '../named-facts.ts';
import { ProviderActor } from '../provider-kit.ts';
import { attempt } from './attempt.ts';
import { attestedHabits } from './attested-provider.ts';
import { Attestor } from './attestor.ts';
import { MARGIN_SECONDS } from './cheat.ts';

/** Wrong signatures that a task is answered with. */
const PER_TASK = 2;

/** Attested, it first answers with signatures that are not this key's over this answer, then as it should. */
export function wrongSessionKey(id: string): ProviderActor {
  const attestor = new Attestor(id, machineOf(id));
  const habits = attestedHabits(attestor);
  const tried = new Set<string>();
  let turn = 0;
  const answerWrongly = (view: View, me: Identity, task: Task): void => {
    const output = rightAnswer(view.state, task);
    if (output === undefined) return;
    const { genesisHash } = view;
    const { id: taskId, attempt: count } = task;
    const result = { genesisHash, taskId, attempt: count, outputHash: namedHash('Output', output) };
    const other = identityOf(`session/${id}/other`);
    const { session } = attestor;
    const variants = [
      ['other-key', result, other],
      ['other-task', { ...result, taskId: `${taskId}.x` }, session],
      ['other-attempt', { ...result, attempt: count + 1 }, session],
      ['other-chain', { ...result, genesisHash: new Uint8Array(32) }, session],
      ['other-output', { ...result, outputHash: namedHash('Output', new Uint8Array(1)) }, session],
    ] as const;
    tried.add(`${taskId}/${count}`);
    const answer = {
      kind: 'submitResult',
      taskId,
      provider: id,
      ...answerFacts(task),
      output,
      error: '',
      computeTimeMs: 5n,
    } as const;
    const proof = new Uint8Array();
    for (let i = 0; i < PER_TASK; i++) {
      const [name, signed, key] = variants[turn++ % variants.length] ?? variants[0];
      const sessionSignature = signHash(hashSessionResult(signed), key);
      attempt(view, me, name, { ...answer, proof, sessionSignature });
    }
  };
  return new ProviderActor({
    kind: 'wrong-session-key',
    isHonest: false,
    id,
    habits: {
      ...habits,
      also: (view: View, provider: Provider, me: Identity) => {
        habits.also(view, provider, me);
        if (!attestor.isAttested(view, me, MARGIN_SECONDS)) return;
        for (const taskId of provider.assigned) {
          const task = readTask(view.state, taskId);
          const isOpen = task?.status === TaskStatus.assigned && task.assignedTo === id && task.n === 0;
          if (task !== undefined && isOpen && !tried.has(`${taskId}/${task.attempt}`))
            answerWrongly(view, me, task);
        }
      },
    },
  });
}
