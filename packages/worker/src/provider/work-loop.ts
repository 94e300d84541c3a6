import { sleep } from '../backoff.ts';
import { ALWAYS, rejectionOf, retryTransient } from '../transient.ts';
import type { TaskFacts, WorkerNode } from '../worker-node.ts';
import { nextStep, type Step } from './next-step.ts';
import type { ProviderRun } from './provider-run.ts';

/** How long one question for work stays open at the node. */
const LONG_POLL_MS = 25_000;
/** The same while the chain lists something of this provider's: a lost transaction shall not wait for long. */
const HELD_POLL_MS = 2_000;
/**
 * A step that the chain still waits for so many blocks after it was done, or given up, is taken again: a node that was
 * killed may have lost what it had in its pool. Doing it twice is refused by the chain and costs nothing else.
 */
const REPEAT_BLOCKS = 10;

/** What is in hand, and what was done a short while ago. */
class StepsInHand {
  readonly running = new Map<string, Promise<void>>();
  /** Height at which a step was last done with. */
  readonly #done = new Map<string, number>();
  #height = 0;

  begin(step: Step, run: ProviderRun, signal: AbortSignal): void {
    const { key, taskId } = step;
    const job = step
      .run(run, signal)
      .catch((error: unknown) => {
        // One task's error is that task's: the chain lists it as long as it waits for it, and it is taken up again.
        const { code, detail } = rejectionOf(error);
        run.report({ kind: 'stumbled', provider: run.identity.id, taskId, code, detail });
      })
      .finally(() => {
        this.running.delete(key);
        this.#done.set(key, this.#height);
      });
    this.running.set(key, job);
  }

  /** Forgets what was done so long ago that it has to be done again, if the chain still waits for it. */
  advance(height: number): void {
    this.#height = height;
    for (const [key, since] of this.#done) if (height >= since + REPEAT_BLOCKS) this.#done.delete(key);
  }

  /** What is to be done of `tasks` and not in hand, the urgent first. */
  freshOf(tasks: readonly TaskFacts[], provider: string): Step[] {
    return tasks
      .map((task) => nextStep(task, provider))
      .filter((step) => step !== undefined)
      .filter(({ key }) => !this.running.has(key) && !this.#done.has(key))
      .sort((left, right) => left.urgency - right.urgency);
  }
}

/**
 * Does what the chain lists now, to the end, and nothing that it lists later: until none of it is left or `abandon` is
 * aborted. A seat that waits for others is waited for: a vote that is not revealed costs a part of the bond.
 */
async function drain(run: ProviderRun, steps: StepsInHand, abandon: AbortSignal): Promise<void> {
  const goesOn: ProviderRun = { ...run, retry: { ...run.retry, signal: abandon } };
  const { id } = run.identity;
  let accepted: ReadonlySet<string> | undefined;
  while (!abandon.aborted) {
    const work = await retryTransient(() => run.node.getWork(id, { waitMs: 0, signal: abandon }), {
      ...goesOn.retry,
      ...ALWAYS,
    });
    if (work === undefined) return;
    accepted ??= new Set(work.tasks.map((task) => task.id));
    const left = work.tasks.filter((task) => accepted?.has(task.id));
    run.report({ kind: 'draining', provider: id, tasks: left.length });
    if (left.length === 0) return;
    steps.advance(work.height);
    const free = Math.max(0, run.concurrency - steps.running.size);
    for (const step of steps.freshOf(left, id).slice(0, free)) steps.begin(step, goesOn, abandon);
    await Promise.race([sleep(run.pollMs, abandon, run.retry.clock), ...steps.running.values()]);
  }
}

/**
 * Does what the chain lists for this provider, up to `concurrency` steps at once, until `stop` is aborted; then finishes
 * what is in hand (what is listed, of a run that drains), or gives it up when `abandon` is aborted too. The chain's list is the only memory: it is read in full
 * at the start and every few blocks, and in between the node tells what is new.
 */
export async function workLoop(
  run: ProviderRun,
  { stop, abandon }: { stop: AbortSignal; abandon: AbortSignal },
): Promise<void> {
  const steps = new StepsInHand();
  const { running } = steps;
  let after: number | undefined;
  let listedAtHeight = 0;
  let isHeld = false;
  while (!stop.aborted) {
    const waitMs: number = isHeld ? HELD_POLL_MS : LONG_POLL_MS;
    const query: Parameters<WorkerNode['getWork']>[1] = {
      waitMs,
      signal: stop,
      ...(after === undefined ? {} : { after }),
    };
    const work = await retryTransient(() => run.node.getWork(run.identity.id, query), {
      ...run.retry,
      ...ALWAYS,
      signal: stop,
    });
    if (work === undefined) break;
    if (after === undefined) listedAtHeight = work.height;
    if (after === undefined || work.tasks.length > 0) isHeld = work.tasks.length > 0;
    steps.advance(work.height);
    const fresh = steps.freshOf(work.tasks, run.identity.id);
    const free = Math.max(0, run.concurrency - running.size);
    for (const step of fresh.slice(0, free)) steps.begin(step, run, abandon);
    const isLeft = fresh.length > free;
    after = isLeft || work.height >= listedAtHeight + REPEAT_BLOCKS ? undefined : work.height;
    if (isLeft) await Promise.race([sleep(run.pollMs, stop, run.retry.clock), ...running.values()]);
  }
  if (run.drains) await drain(run, steps, abandon);
  await Promise.all(running.values());
}
