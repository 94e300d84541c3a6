import { sleep } from '../backoff.ts';
import { retryTransient } from '../transient.ts';
import { answerTask } from './answer-task.ts';
import type { ProviderRun } from './run-provider.ts';

/** How long one question for work stays open at the node. */
const LONG_POLL_MS = 25_000;
/**
 * A task that the chain still lists this many blocks after its answer was given up or posted is taken up again: a node
 * that was killed may have lost what it had in its pool. Answering twice is refused by the chain and costs nothing else.
 */
const ANSWER_BLOCKS = 10;

/**
 * Takes tasks as the chain hands them out and answers up to `concurrency` of them at once, until `stop` is aborted;
 * then finishes what is in hand, or gives it up when `abandon` is aborted too. What the chain lists is the only
 * memory: a task that was answered, timed out or went to somebody else is not listed any more.
 */
export async function workLoop(
  run: ProviderRun,
  { stop, abandon }: { stop: AbortSignal; abandon: AbortSignal },
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  /** Height at which the answer to a task was last done with. */
  const answered = new Map<string, number>();
  let height = 0;
  let failure: unknown;

  const begin = (task: Parameters<typeof answerTask>[0]) => {
    const job = answerTask(task, run, abandon)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        running.delete(task.id);
        answered.set(task.id, height);
      });
    running.set(task.id, job);
  };

  let after: number | undefined;
  while (!stop.aborted && failure === undefined) {
    const wait = { waitMs: LONG_POLL_MS, signal: stop, ...(after === undefined ? {} : { after }) };
    const work = await retryTransient(() => run.node.getWork(run.identity.id, wait), {
      ...run.retry,
      signal: stop,
    });
    if (work === undefined) break;
    const listed = new Set(work.tasks.map((task) => task.id));
    height = work.height;
    for (const [id, since] of answered) {
      if (!listed.has(id) || height >= since + ANSWER_BLOCKS) answered.delete(id);
    }
    const fresh = work.tasks.filter((task) => !running.has(task.id) && !answered.has(task.id));
    const free = Math.max(0, run.concurrency - running.size);
    for (const task of fresh.slice(0, free)) begin(task);
    after = fresh.length > free ? undefined : work.height;
    if (after === undefined) await Promise.race([sleep(run.pollMs, stop), ...running.values()]);
  }
  await Promise.all(running.values());
  if (failure !== undefined) throw failure;
}
