import { AivmError } from '@aivm/core/errors';
import { problemOf, stringifyJson } from '@aivm/sdk';
import { errorRecord, type Log } from '../log.ts';
import { LimitError } from './limits/client-ledger.ts';

const PROBLEM_TYPE = 'application/problem+json';

/** Statuses that pass by themselves, so that a client may come again. */
const PASSING: ReadonlySet<number> = new Set([429, 503]);
const RETRY_AFTER_SECONDS = 1;

/** One request, as the log and the answer name it. */
export interface RequestLabel {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Maps anything thrown to the error the client sees. Anything but an AivmError is a bug: it is logged, and its message is withheld. */
export function errorForClient(
  error: unknown,
  log: Log,
  { id, method, path, signal }: RequestLabel,
): AivmError {
  if (error instanceof AivmError) return error;
  // A wait that ends because the client left fails with the reason of its signal; nobody reads the answer.
  if (signal.aborted) return new AivmError('timeout', 'the client is gone');
  log.error({ err: errorRecord(error), request: id, method, path }, 'request failed');
  return new AivmError('internal', `the node failed at this request; its log says why, at request ${id}`);
}

/** An error as application/problem+json. */
export function problemResponse(error: AivmError, headers: Readonly<Record<string, string>> = {}): Response {
  const seconds = error instanceof LimitError ? error.retryAfterSeconds : RETRY_AFTER_SECONDS;
  return new Response(stringifyJson(problemOf(error)), {
    status: error.status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(PASSING.has(error.status) ? { 'retry-after': String(seconds) } : {}),
      ...headers,
    },
  });
}
