import { AivmError } from '@aivm/core/errors';
import type { Operation } from '@aivm/core/tx';
import { createBackoff, DEFAULT_BACKOFF } from '../backoff.ts';
import { isTransient } from '../transient.ts';
import type { ProviderRun } from './provider-run.ts';

/** An operation of this provider about a task. */
export interface Posting {
  readonly taskId: string;
  readonly operation: Operation;
  /** Whether the chain still waits for it, as the state proves. */
  readonly isWanted: () => Promise<boolean>;
  /** What to post, once, in place of an operation that was refused with a code; undefined where nothing else would do. */
  readonly insteadOf?: (code: string) => Operation | undefined;
}

/**
 * Posts until the chain has the operation or no longer wants it. A lost reply is not posted again blindly: before each
 * new try the chain is asked whether it still waits for it.
 * @returns the height of its block; undefined where it was not wanted any more, which was reported, or `signal` aborted.
 */
export async function postOperation(
  { taskId, operation: first, isWanted, insteadOf }: Posting,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { identity, report, sender } = run;
  const backoff = createBackoff(DEFAULT_BACKOFF, run.retry.clock);
  const skip = (code: string): undefined => {
    report({ kind: 'skipped', provider: identity.id, taskId, code });
  };
  let operation = first;
  let isRetry = false;
  while (!signal.aborted) {
    try {
      if (isRetry && !(await isWanted())) return skip('wrong_state');
      return (await sender.send(operation, { signal })).height;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof AivmError)) throw error;
      // A transaction that a restarted node does not know is posted again, if the task is still this provider's.
      if (!isTransient(error) && error.code !== 'not_found') {
        const other = operation === first ? insteadOf?.(error.code) : undefined;
        if (other === undefined) return skip(error.code);
        operation = other;
        continue;
      }
      report({ kind: 'retrying', provider: identity.id, code: error.code, detail: error.detail });
      isRetry = true;
      await backoff.wait(signal);
    }
  }
  return undefined;
}
