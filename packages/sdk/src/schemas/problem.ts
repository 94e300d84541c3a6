import { AivmError, isErrorCode } from '@aivm/core/errors';
import * as z from 'zod';

/** An error as every route answers it (RFC 9457, application/problem+json). */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
});
export type Problem = z.output<typeof problemSchema>;

/** Members of the request that were ignored, where there are some: most often misspelt. */
export const warningsField = z.array(z.string()).optional();

/**
 * The answer that tells a client of `error`.
 * @example problemOf(new AivmError('not_found', 'task "t"')).status // 404
 */
export const problemOf = (error: AivmError): Problem => ({
  type: `urn:aivm:error:${error.code}`,
  title: error.code.replaceAll('_', ' '),
  status: error.status,
  code: error.code,
  detail: error.detail,
});

/**
 * The error that a server told of; undefined where the answer is not one of ours.
 * @example errorOfProblem(problemOf(new AivmError('not_found', 'task "t"'))).code // 'not_found'
 */
export function errorOfProblem(json: unknown): AivmError | undefined {
  const problem = problemSchema.safeParse(json);
  if (!problem.success || !isErrorCode(problem.data.code)) return undefined;
  return new AivmError(problem.data.code, problem.data.detail);
}
