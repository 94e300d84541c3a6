import type { TaskResult } from '@aivm/sdk';
import type { Context } from 'hono';
import type { ApiKey, ApiKeys } from '../accounts/api-keys.ts';
import type { Spending } from '../accounts/spending.ts';
import type { AivmFields } from '../openai/answers.ts';
import { OpenaiError } from '../openai/openai-error.ts';
import type { OpenPieces } from '../tasks/stream-answer.ts';
import { modeOf, type TaskDesk } from '../tasks/task-desk.ts';
import type { GatewayLog } from './gateway-options.ts';

/** What is known of a request. */
export interface GatewayEnv {
  Variables: { requestId: string; key: ApiKey };
}

export type GatewayCall = Context<GatewayEnv>;

/** What every route works with. */
export interface GatewayContext {
  readonly keys: ApiKeys;
  readonly spending: Spending;
  readonly desk: TaskDesk;
  readonly until: 'posted' | 'usable' | 'final';
  readonly publicUrl: string | undefined;
  readonly openPieces: OpenPieces | undefined;
  readonly log: GatewayLog;
  readonly nowMs: () => number;
  readonly closing: AbortSignal;
}

/** The gateway as this client reaches it. */
export const baseOf = ({ publicUrl }: GatewayContext, c: GatewayCall): string =>
  publicUrl?.replace(/\/+$/, '') ?? new URL(c.req.url).origin;

/** What the chain says of an answer. */
export const aivmFieldsOf = (
  base: string,
  { id, task, settlement, usable, verifiable, why }: TaskResult,
): AivmFields => ({
  task_id: id,
  mode: modeOf(task),
  settlement,
  usable,
  verifiable,
  provider: task.assigned_to ?? null,
  receipt: `${base}/v1/tasks/${id}/receipt`,
  receipt_index: task.receipt_index ?? null,
  why,
});

/** A bound of requests that one key has under way. */
export class Concurrency {
  readonly #max: number;
  readonly #running = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns how to say that the request is over @throws OpenaiError 429 */
  enter({ name }: ApiKey): () => void {
    const running = this.#running.get(name) ?? 0;
    if (running >= this.#max)
      throw new OpenaiError(`API key "${name}" has ${running} requests under way, the maximum`, {
        ...{ status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', isRepeatable: true },
      });
    this.#running.set(name, running + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#running.set(name, (this.#running.get(name) ?? 1) - 1);
    };
  }
}
