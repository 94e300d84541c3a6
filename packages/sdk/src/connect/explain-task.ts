import type { Task } from '../schemas/task.ts';

const REDUNDANT = 1;

function explainPending({ wait_reason: reason, model }: Task): string {
  switch (reason) {
    case 'no_provider':
      return `waits: no provider of ${model} can be drawn`;
    case 'timers_full':
      return 'waits: the timers of the next blocks are full';
    case 'draws_spent':
      return 'waits: the draws of the last block were used up';
    case 'seats_taken':
      return 'waits: half of the seats that the members may hold are open';
    default:
      return 'waits for a provider to be drawn';
  }
}

/** How an answer of this task could be shown to be wrong. */
function explainJudge({ verifiable, check_class: name, model }: Task): string {
  if (!verifiable)
    return `nobody can prove an answer of ${model} wrong, because its class is ${name}: it rests on its provider`;
  return name === 'int8-graph'
    ? 'a wrong one would lose a game that ends with one element, which the chain computes'
    : 'a wrong one would lose, because the chain computes the answer again';
}

function explainPosted(task: Task): string {
  const { assigned_to: provider, posted_at_height: posted, final_at_height: final, usable } = task;
  const when = `answered by ${provider ?? 'a panel'} in block ${posted ?? '?'}`;
  if (usable)
    return `usable: ${when} with the signature of an attested environment; final in block ${final ?? '?'} unless it is proven wrong`;
  return `posted, not final: ${when}; anybody may challenge it until block ${final ?? '?'}; ${explainJudge(task)}`;
}

function explainFinal(task: Task): string {
  const { ended_at_height: ended, mode, assigned_to: provider } = task;
  if (mode === REDUNDANT) return `final since block ${ended}: most providers of its panel gave this output`;
  const window = task.verifiable
    ? 'its window is over, and no challenge proved it wrong'
    : 'its window is over';
  return `final since block ${ended}: ${window}; it was answered by ${provider ?? '?'}, and ${explainJudge(task)}`;
}

/**
 * Why a task is where it is, in one sentence for people.
 * @example explainTask(await client.getTask('t-1')).startsWith('final since block') // true
 */
export function explainTask(task: Task): string {
  if (task.status === 'completed') return explainFinal(task);
  if (task.status === 'failed')
    return `failed in block ${task.ended_at_height ?? '?'}: ${task.error ?? 'no reason'}; what was left of the fee went back`;
  if (task.settlement === 'posted') return explainPosted(task);
  if (task.settlement === 'disputed')
    return `disputed: the answer of ${task.assigned_to ?? 'its provider'} is being judged`;
  if (task.panel !== undefined)
    return `${task.panel.phase}: ${task.panel.m} of ${task.panel.n} equal answers decide`;
  if (task.status === 'pending') return explainPending(task);
  return `${task.assigned_to ?? 'a provider'} works on it, until block ${task.timeout_height ?? '?'}`;
}
