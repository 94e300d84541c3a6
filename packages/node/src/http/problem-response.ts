import { AivmError } from '@aivm/core';
import { problemOf, stringifyJson } from '@aivm/sdk';
import type { Log } from '../log.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The error that a client is told of. What is not a rejection is a bug: it is logged, and told without its text. */
export function errorToTell(
  error: unknown,
  log: Log,
  request: { readonly method: string; readonly path: string; readonly signal: AbortSignal },
): AivmError {
  if (error instanceof AivmError) return error;
  // A wait that ends because the client left fails with the reason of its signal; nobody reads the answer.
  if (request.signal.aborted) return new AivmError('timeout', 'the client is gone');
  log.error({ err: error, method: request.method, path: request.path }, 'request failed');
  return new AivmError('internal', 'the node failed at this request; its log says why');
}

/** An error as application/problem+json. */
export function problemResponse(error: AivmError, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(stringifyJson(problemOf(error)), {
    status: error.status,
    headers: { 'content-type': PROBLEM_TYPE, ...headers },
  });
}
