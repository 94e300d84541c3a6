/** Why a task was not computed, in the words that may go on chain: nothing that a program or a machine says of itself. */
export const BACKEND_WORDS = {
  cannotRun: 'the backend cannot run this model',
  failed: 'the program failed',
  late: 'the program took too long',
  tooMuch: 'the program wrote too much',
  noJson: 'the program did not write JSON',
  notStarted: 'the program could not be started',
  refused: 'the model server refused the input',
  serverFailed: 'the model server failed',
  serverLate: 'the model server took too long',
  other: 'the backend failed',
} as const;

export type BackendReason = keyof typeof BACKEND_WORDS;

/** A failure of a backend. The words are public, the detail is for the operator's log. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly reason: BackendReason;
  readonly detail: string;

  constructor(reason: BackendReason, detail: string, options?: { cause?: unknown }) {
    super(`${BACKEND_WORDS[reason]}: ${detail}`, options);
    this.reason = reason;
    this.detail = detail;
  }
}

/** Any failure of a backend as one of its own. */
export const backendErrorOf = (error: unknown): BackendError =>
  error instanceof BackendError
    ? error
    : new BackendError('other', error instanceof Error ? error.message : String(error), { cause: error });
