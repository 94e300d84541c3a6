import { AivmError, type ErrorCode, isErrorCode } from '@aivm/core/errors';
import * as z from 'zod';
import { showValue } from './wire.ts';

/** Issues carry the value that was refused, to be shown in part. */
const REPORTED = { reportInput: true } as const;

const OUT_OF_RANGE: ReadonlySet<string> = new Set(['too_big', 'too_small', 'not_multiple_of']);

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const own = issue.code === 'custom' ? issue.params?.code : undefined;
  if (typeof own === 'string' && isErrorCode(own)) return own;
  return OUT_OF_RANGE.has(issue.code) ? 'out_of_range' : 'malformed';
}

/** How much an issue says: in a union, the form that was meant is the one that was understood furthest. */
const weightOf = (issue: z.core.$ZodIssue): number =>
  issue.path.length * 4 + (codeOf(issue) === 'out_of_range' ? 2 : 0) + (issue.code === 'custom' ? 1 : 0);

/** The issue that says most; for a union, that of the form that was meant. */
function clearestIssue(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flatMap(([first]) => (first === undefined ? [] : clearestIssue(first)));
  const [best] = inner.sort((a, b) => weightOf(b) - weightOf(a));
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] };
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

const boundsOf = (origin: string): string =>
  origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';

/** What is wrong, in words of our own: a validator's texts name its own notions. */
function textOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'custom':
      return issue.message;
    case 'invalid_type': {
      const expected = NOUNS[issue.expected] ?? issue.expected;
      return `expected ${expected}, got ${issue.input === undefined ? 'nothing' : showValue(issue.input)}`;
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String).join(', ');
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${allowed}, got ${showValue(issue.input)}`;
    }
    case 'too_big':
      return `expected at most ${issue.maximum}${boundsOf(issue.origin)}`;
    case 'too_small':
      return `expected at least ${issue.minimum}${boundsOf(issue.origin)}`;
    case 'unrecognized_keys':
      return `unknown members ${issue.keys.join(', ')}`;
    default:
      return 'the value has none of the forms that are allowed here';
  }
}

function refusalOf(error: z.core.$ZodError, name: string): AivmError {
  const [first] = error.issues;
  if (first === undefined) return new AivmError('malformed', name);
  const issue = clearestIssue(first);
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return new AivmError(codeOf(issue), `${name}${path}: ${textOf(issue)}`, { cause: error });
}

/**
 * The value in memory of `json`.
 * @throws AivmError with the code of the first thing that is wrong, and where it is.
 * @example decodeJson(routes.getReceipt.params, { index: '7' }, 'path') // { index: 7 }
 */
export function decodeJson<S extends z.ZodType>(schema: S, json: unknown, name: string): z.output<S> {
  const result = z.safeDecode(schema, json as z.input<S>, REPORTED);
  if (result.success) return result.data;
  throw refusalOf(result.error, name);
}

/**
 * The JSON of a value in memory, checked against the schema: what does not fit is a bug of the caller.
 * @throws Error that names the place.
 * @example encodeJson(routes.getDispute.params, { id: 't-1' }, 'path') // { id: 't-1' }
 */
export function encodeJson<S extends z.ZodType>(schema: S, value: z.output<S>, name: string): z.input<S> {
  const result = z.safeEncode(schema, value, REPORTED);
  if (result.success) return result.data;
  throw new Error(`${name}: the value does not fit its own schema: ${refusalOf(result.error, name).detail}`);
}
