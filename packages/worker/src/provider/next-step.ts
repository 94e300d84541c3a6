import type { TaskFacts } from '../worker-node.ts';
import { answerTask } from './answer-task.ts';
import type { ProviderRun } from './provider-run.ts';
import { commitSeat, ownSeat, revealSeat } from './serve-seat.ts';

/** One thing that the chain waits for. */
export interface Step {
  /** The same for the same thing, whenever the task is listed. */
  readonly key: string;
  readonly taskId: string;
  /** What loses a bond when it is late goes first: 0 before 1. */
  readonly urgency: 0 | 1;
  readonly run: (run: ProviderRun, signal: AbortSignal) => Promise<void>;
}

/** What the provider has to do next for a listed task; undefined where it waits for others. */
export function nextStep(task: TaskFacts, provider: string): Step | undefined {
  const seat = ownSeat(task, provider);
  const taskId = task.id;
  if (seat === undefined) {
    const isAnswerable = task.status === 'assigned' && task.provider === provider;
    if (!isAnswerable) return undefined;
    return {
      taskId,
      key: `${taskId}|answer`,
      urgency: 1,
      run: (run, signal) => answerTask(task, run, signal),
    };
  }
  const of = (what: string): string => `${taskId}|${what}|${seat.drawnAtHeight}`;
  if (seat.status === 'drawn' && task.panel?.phase !== 'revealing') {
    return {
      taskId,
      key: of('commit'),
      urgency: 1,
      run: (run, signal) => commitSeat(task, seat, run, signal),
    };
  }
  if (seat.status === 'committed' && task.panel?.phase === 'revealing') {
    return {
      taskId,
      key: of('reveal'),
      urgency: 0,
      run: (run, signal) => revealSeat(task, seat, run, signal),
    };
  }
  return undefined;
}
