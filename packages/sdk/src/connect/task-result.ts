import { AivmError, type ErrorCode } from '@aivm/core/errors';
import type { Client } from '../client/create-client.ts';
import type { TaskMilestone } from '../client/wait.ts';
import type { Task } from '../schemas/task.ts';
import { explainTask } from './explain-task.ts';
import type { FactsReader } from './model-facts.ts';
import { bytesToOutput } from './model-payload.ts';
import { type VerifiedReceipt, verifyFinalAnswer, verifyOpenAnswer } from './verify-answer.ts';

/** What a caller may hear of a task while it goes on. */
export interface TaskProgress {
  readonly task: Task;
  /** Why it is where it is, for people. */
  readonly why: string;
}

/** How long to wait for an answer, and for which. */
export interface ResultOptions {
  /** `posted`: there is an answer. `usable`: it can be relied on. `final` (default): nothing changes any more. */
  readonly until?: TaskMilestone | undefined;
  /** Default 600,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called first, and after every change. */
  readonly onChange?: ((progress: TaskProgress) => void) | undefined;
}

/** An answer, held against what the chain commits to. */
export interface TaskResult {
  readonly id: string;
  /** Text of a decoder over bytes, tokens or elements of another network, int8 of an int8-kernel model, JSON of an opaque one. */
  readonly output: unknown;
  readonly outputBytes: Uint8Array;
  readonly settlement: Task['settlement'];
  /** Whether the output can be relied on: it is final, or an attested environment vouches for it. */
  readonly usable: boolean;
  /** Whether a wrong output of this model can be proven wrong. */
  readonly verifiable: boolean;
  /** Undefined while the answer is not final. */
  readonly receipt: VerifiedReceipt | undefined;
  /** Why the task is where it is, for people. */
  readonly why: string;
  readonly task: Task;
}

/** A task that ended without an answer. What was left of its fee went back. */
export class TaskFailedError extends AivmError {
  override readonly name = 'TaskFailedError';
  readonly task: Task;

  constructor(task: Task) {
    super(codeOf(task), `task "${task.id}": ${explainTask(task)}`);
    this.task = task;
  }
}

/** The reasons that the chain gives by itself; anything else is the word of a provider. */
function codeOf({ error = '', assigned_to: provider, attempt }: Task): ErrorCode {
  if (error === 'deadline') return attempt === 0 && provider === undefined ? 'not_servable' : 'timeout';
  return 'wrong_state';
}

const TIMEOUT_MS = 600_000;

/**
 * Waits for the answer of a task, and holds it against the chain: an answer that is not final against a proof of the
 * task's record, a final one against its receipt.
 * @throws TaskFailedError, AivmError `timeout`, `task_not_found`, `malformed` where the node contradicts itself
 */
export async function readResult(
  {
    client,
    facts,
    witnesses,
  }: {
    readonly client: Client;
    readonly facts: FactsReader;
    readonly witnesses: readonly Client[];
  },
  id: string,
  options: ResultOptions = {},
): Promise<TaskResult> {
  const { until = 'final', timeoutMs = TIMEOUT_MS, signal, onChange } = options;
  const task = await client.waitForTask(id, {
    until,
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
    ...(onChange === undefined ? {} : { onChange: (now) => onChange({ task: now, why: explainTask(now) }) }),
  });
  const { output_bytes: outputBytes, model, settlement, usable, verifiable } = task;
  if (task.status === 'failed') throw new TaskFailedError(task);
  if (outputBytes === undefined)
    throw new AivmError('malformed', `${client.url}: task "${id}" has no output`);
  const isFinal = task.status === 'completed';
  const receipt = isFinal ? await verifyFinalAnswer(client, task, witnesses) : undefined;
  if (!isFinal) await verifyOpenAnswer(client, task);
  const known = await facts.getModel(model);
  const asBound = { ...known, info: { ...known.info, hash: task.model_root } };
  const output = await bytesToOutput(outputBytes, asBound, client);
  return {
    id,
    output,
    outputBytes,
    settlement,
    usable,
    verifiable,
    receipt,
    why: whyOf(task, receipt),
    task,
  };
}

function whyOf(task: Task, receipt: VerifiedReceipt | undefined): string {
  const why = explainTask(task);
  if (receipt === undefined) return why;
  const { index, height, confirmedBy } = receipt;
  const word =
    confirmedBy === 0
      ? "on this node's word"
      : `confirmed by ${confirmedBy} other node${confirmedBy > 1 ? 's' : ''}`;
  return `${why}; receipt ${index} is proven under block ${height}, ${word}`;
}
