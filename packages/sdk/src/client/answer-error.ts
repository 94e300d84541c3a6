import { AivmError, type ErrorCode } from '@aivm/core/errors';

/**
 * An error that came as an answer: a problem document of the node, or what something between client and node wrote in
 * its place. Any other AivmError of a client says that no answer came (`unreachable`, `timeout`) or that it could not be
 * read.
 */
export class AnswerError extends AivmError {
  /** Whether the node wrote it. What a proxy answers says nothing about what the node did. */
  readonly isFromNode: boolean;
  /** How long the answer asks to wait before the next request, where it does. */
  readonly retryAfterMs: number | undefined;

  constructor(
    { code, detail }: { readonly code: ErrorCode; readonly detail: string },
    {
      isFromNode,
      retryAfterMs,
    }: { readonly isFromNode: boolean; readonly retryAfterMs?: number | undefined },
  ) {
    super(code, detail);
    this.isFromNode = isFromNode;
    this.retryAfterMs = retryAfterMs;
  }
}

/** How long an answer of now asks to wait: Retry-After in seconds or as a date. @returns undefined where it says nothing. */
export function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** How long `error` asks to wait; undefined where it says nothing. */
export const askedPauseMs = (error: unknown): number | undefined =>
  error instanceof AnswerError ? error.retryAfterMs : undefined;
