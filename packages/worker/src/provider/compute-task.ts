import type { JobResult } from '../backend/compute-backend.ts';
import { retryTransient } from '../transient.ts';
import type { TaskFacts } from '../worker-node.ts';
import type { ProviderRun } from './run-provider.ts';

/** Longest error text that a result carries; the chain's own bound is 1,024 bytes of UTF-8. */
const ERROR_CHARACTERS_MAX = 240;

/** What a backend made of a task. */
export type Computed = { readonly result: JobResult } | { readonly error: string };

/** Runs a task on the backend; undefined when `signal` was aborted first. */
export async function computeTask(
  task: TaskFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<Computed | undefined> {
  const model = await retryTransient(() => run.models.getModel(task.model), { ...run.retry, signal });
  if (model === undefined) return undefined;
  if (!run.backend.supports(model)) return { error: `backend ${run.backend.name} cannot run ${model.id}` };
  try {
    return { result: await run.backend.run({ taskId: task.id, model, input: task.input }, { signal }) };
  } catch (error) {
    if (signal.aborted) return undefined;
    return { error: (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS_MAX) };
  }
}
