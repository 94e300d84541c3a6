import { AivmError } from '@aivm/core/errors';
import type { ChainEvent, Client } from '@aivm/sdk';
import type { DemoConviction } from '../story/demo-outcome.ts';
import type { DemoProgress, TaskPlace } from '../story/demo-progress.ts';

const FIRST_PLACE = { height: 0, index: 0 } as const;

/** An answer as the chain took it. Heights are of blocks. */
export interface AttestedAnswer {
  readonly taskId: string;
  readonly provider: string;
  readonly postedAt: number;
  /** Whether it could be relied on at once. */
  readonly usable: boolean;
  /** Where its window ended; undefined for one that fell. */
  readonly finalAt: number | undefined;
  /** Where it stopped being usable: it was proven false, or its provider was convicted for another. */
  readonly disprovedAt: number | undefined;
  /** Where a usable answer was taken back, which for others of a convicted provider is their windows' end. */
  readonly retractedAt: number | undefined;
}

/** Everything that the events told. */
export interface AttestedStory {
  readonly answers: readonly AttestedAnswer[];
  readonly convictions: readonly DemoConviction[];
}

type TaskEvent = Extract<ChainEvent, { kind: 'task' }>;

function placeOf({ settlement, status }: TaskEvent): TaskPlace {
  if (settlement === 'final') return 'final';
  if (settlement === 'void') return 'failed';
  if (settlement === 'posted') return 'posted';
  return status === 'assigned' ? 'assigned' : 'pending';
}

/** Answers out of events; the last one of a task is the one that its later events are about. */
class Answers {
  readonly all: AttestedAnswer[] = [];
  readonly #last = new Map<string, number>();

  post({ task_id: taskId, provider, height, usable }: TaskEvent): void {
    const open = { finalAt: undefined, disprovedAt: undefined, retractedAt: undefined };
    this.#last.set(taskId, this.all.push({ taskId, provider, postedAt: height, usable, ...open }) - 1);
  }

  disprove(provider: string, disprovedAt: number): void {
    for (const [i, answer] of this.all.entries()) {
      const isOpen = answer.finalAt === undefined && answer.retractedAt === undefined;
      if (answer.provider === provider && isOpen) this.all[i] = { ...answer, disprovedAt };
    }
  }

  change(taskId: string, end: { readonly finalAt: number } | { readonly retractedAt: number }): void {
    const place = this.#last.get(taskId);
    const answer = place === undefined ? undefined : this.all[place];
    if (place !== undefined && answer !== undefined) this.all[place] = { ...answer, ...end };
  }
}

/**
 * Follows the chain until every one of `total` tasks has ended.
 * @throws AivmError `unreachable` when the stream ends before.
 */
export async function followAttested(
  client: Client,
  { total, progress, signal }: { total: number; progress: DemoProgress; signal: AbortSignal },
): Promise<AttestedStory> {
  const answers = new Answers();
  const convictions: DemoConviction[] = [];
  for await (const event of client.subscribeEvents({ after: FIRST_PLACE, signal })) {
    progress.setHeight(event.height);
    if (event.kind === 'task') {
      progress.move(event.task_id, placeOf(event));
      if (event.reason === 'posted') answers.post(event);
      if (event.settlement === 'final') answers.change(event.task_id, { finalAt: event.height });
    }
    if (event.kind === 'retraction') answers.change(event.task_id, { retractedAt: event.height });
    if (event.kind === 'conviction') {
      progress.addConviction();
      answers.disprove(event.provider, event.height);
      const { provider, task_id: taskId, operator, challenger, forfeited, rewarded, burned } = event;
      convictions.push({ provider, taskId, operator, challenger, forfeited, rewarded, burned });
    }
    const { final, failed } = progress.counts();
    if (final + failed >= total) return { answers: answers.all, convictions };
  }
  throw new AivmError('unreachable', 'the event stream ended before the tasks did');
}
