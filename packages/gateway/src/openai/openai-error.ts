import { AivmError } from '@aivm/core/errors';

/** The kinds of errors that OpenAI's clients know. */
export type OpenaiErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'insufficient_quota'
  | 'rate_limit_error'
  | 'server_error';

/** How an error shows: clients make a class of their own from the status. */
export interface OpenaiErrorFields {
  readonly status: number;
  readonly type: OpenaiErrorType;
  readonly code: string;
  /** The member of the request that is wrong. */
  readonly param?: string | undefined;
  /** Whether the client may send the same request again by itself. */
  readonly isRepeatable?: boolean | undefined;
  /** The task that was paid for, where there is one. */
  readonly taskId?: string | undefined;
}

/** An error in the words of the OpenAI API. */
export class OpenaiError extends Error {
  override readonly name = 'OpenaiError';
  readonly fields: OpenaiErrorFields;

  constructor(message: string, fields: OpenaiErrorFields, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.fields = fields;
  }
}

/** A request that makes no sense. */
export const invalidRequest = (message: string, param?: string, code = 'invalid_value'): OpenaiError =>
  new OpenaiError(message, { status: 400, type: 'invalid_request_error', code, param });

type Shown = Omit<OpenaiErrorFields, 'taskId'>;

const serverError = (status: number, code: string, isRepeatable = false): Shown => ({
  ...{ status, type: 'server_error', code, isRepeatable },
});
const badRequest = (code: string, param?: string): Shown => ({
  ...{ status: 400, type: 'invalid_request_error', code, param },
});

/** What the reasons of the chain are in the words of the OpenAI API. */
const BY_CODE: Readonly<Record<string, Shown>> = {
  unknown_model: { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
  invalid_input: badRequest('invalid_input'),
  malformed: badRequest('invalid_input'),
  too_large: badRequest('context_length_exceeded'),
  insufficient_balance: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  rate_limited: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', isRepeatable: true },
  not_servable: serverError(503, 'model_not_served'),
  queue_full: serverError(503, 'queue_full', true),
  pool_full: serverError(503, 'pool_full', true),
  admission_too_dear: serverError(503, 'queue_full', true),
  not_initialized: serverError(503, 'node_not_ready', true),
  unreachable: serverError(502, 'node_unreachable', true),
  timeout: serverError(504, 'timeout'),
  wrong_state: serverError(502, 'task_failed'),
};

/**
 * Anything thrown, as the client sees it. Of bugs, and of what is wrong on the gateway's own machine, the message is withheld.
 * @param taskId the task that was submitted before; then a repeat would pay again and is not asked for
 */
export function openaiErrorOf(error: unknown, taskId?: string): OpenaiError {
  if (error instanceof OpenaiError)
    return taskId === undefined
      ? error
      : new OpenaiError(error.message, { ...error.fields, taskId, isRepeatable: false });
  if (!(error instanceof AivmError) || error.status === 500)
    return new OpenaiError(
      'the gateway failed; its log says why',
      { ...serverError(500, 'internal_error'), taskId },
      { cause: error },
    );
  const shown = BY_CODE[error.code] ?? {
    status: error.status,
    type: error.status < 500 ? ('invalid_request_error' as const) : ('server_error' as const),
    code: error.code,
  };
  const isRepeatable = taskId === undefined && shown.isRepeatable === true;
  return new OpenaiError(error.detail, { ...shown, taskId, isRepeatable }, { cause: error });
}

/** The body of an error. */
export const errorBody = ({ message, fields }: OpenaiError) => ({
  error: {
    message,
    type: fields.type,
    param: fields.param ?? null,
    code: fields.code,
    ...(fields.taskId === undefined ? {} : { aivm: { task_id: fields.taskId } }),
  },
});
