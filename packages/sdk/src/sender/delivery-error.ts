import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, type ErrorCode } from '@aivm/core/errors';

/**
 * `not_sent`: no signed copy of the operation left this process.
 * `refused`: the node refuses it, or a block carries it without effect.
 * `unknown`: a signed copy left, and nothing yet says what became of it.
 */
export type DeliveryOutcome = 'not_sent' | 'refused' | 'unknown';

/** Why a send failed, with what is certain about its transaction. */
export class DeliveryError extends AivmError {
  readonly outcome: DeliveryOutcome;
  /** 32 bytes; undefined where nothing was signed. */
  readonly transactionId: Uint8Array | undefined;

  constructor(
    outcome: DeliveryOutcome,
    { code, detail }: { readonly code: ErrorCode; readonly detail: string },
    options: { readonly transactionId?: Uint8Array; readonly cause?: unknown } = {},
  ) {
    super(code, detail, { cause: options.cause });
    this.outcome = outcome;
    this.transactionId = options.transactionId;
  }
}

interface Reason {
  readonly code: ErrorCode;
  readonly detail: string;
}

const reasonOf = (error: unknown): Reason =>
  error instanceof AivmError
    ? error
    : { code: 'unreachable', detail: error instanceof Error ? error.message : String(error) };

/** Nothing left this process, because of `error`. */
export const notSent = (error: unknown): DeliveryError => {
  const { code, detail } = reasonOf(error);
  const isOfAnother = error instanceof DeliveryError;
  const shown = `not sent: ${isOfAnother ? 'an earlier transaction of the account is ' : ''}${detail}`;
  return new DeliveryError('not_sent', { code, detail: shown }, { cause: error });
};

/** The node refuses the transaction `id`, which is in no block. */
export const refused = (error: unknown, id: Uint8Array): DeliveryError => {
  const { code, detail } = reasonOf(error);
  return new DeliveryError(
    'refused',
    { code, detail: `refused: ${detail}` },
    { cause: error, transactionId: id },
  );
};

/** A copy of the transaction `id` is out and may still take effect. */
export const unknown = (error: unknown, id: Uint8Array): DeliveryError => {
  const { code, detail } = reasonOf(error);
  const shown = `unknown, transaction 0x${bytesToHex(id)}, ask again: ${detail}`;
  return new DeliveryError('unknown', { code, detail: shown }, { cause: error, transactionId: id });
};
