import { AivmError } from '@aivm/core';
import { problemOf, stringifyJson } from '@aivm/sdk';
import type { HttpLog } from './http-log.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The error that a client is told of. What is not a rejection is a bug: it is logged, and told without its text. */
export function errorToTell(
  error: unknown,
  log: HttpLog,
  request: { readonly method: string; readonly path: string },
): AivmError {
  if (error instanceof AivmError) return error;
  log.error({ err: error, ...request }, 'request failed');
  return new AivmError('internal', 'the node failed at this request; its log says why');
}

/** An error as application/problem+json. */
export function problemResponse(error: AivmError, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(stringifyJson(problemOf(error)), {
    status: error.status,
    headers: { 'content-type': PROBLEM_TYPE, ...headers },
  });
}
