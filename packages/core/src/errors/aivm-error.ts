import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** Where each code is explained. */
const DOCS_PATH = 'docs/errors.md';

/**
 * A rejection: something well understood was refused. It has a stable `code`, the short meaning of the code,
 * and a detail that names the thing. Nothing was changed when it is thrown.
 *
 * @example throw new AivmError('id_taken', `task "t-1" exists`);
 */
export class AivmError extends Error {
  override readonly name: string = 'AivmError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly status: number;
  readonly exitCode: number;
  readonly docs: string;

  constructor(code: ErrorCode, detail = '', options?: { cause?: unknown }) {
    const { meaning, status, exitCode } = ERROR_CODES[code];
    super(detail === '' ? `${code}: ${meaning}` : `${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail === '' ? meaning : detail;
    this.status = status;
    this.exitCode = exitCode;
    this.docs = `${DOCS_PATH}#${code}`;
  }
}

/** Throws an {@link AivmError} with `code` unless `condition` holds. `detail` is built only on failure. */
export function requireThat(condition: boolean, code: ErrorCode, detail: () => string): asserts condition {
  if (!condition) throw new AivmError(code, detail());
}

/** A bug guard: throws a plain Error, which nobody catches as a rejection. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
