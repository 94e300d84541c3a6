import { AivmError } from '../../errors/aivm-error.ts';
import type { ErrorCode } from '../../errors/error-codes.ts';

/** Faults of this machine. They say nothing about a transaction, so a block must not record them. */
const LOCAL_FAULTS: ReadonlySet<ErrorCode> = new Set([
  'data_dir_corrupt',
  'data_dir_foreign',
  'data_dir_locked',
  'internal',
  'store_unavailable',
]);

/**
 * Whether every node that executes the same transaction on the same state gets this error. Anything else stops the
 * execution: were it taken for a refusal, one damaged disk would make one node disagree with all others.
 */
export const isRejection = (error: unknown): error is AivmError =>
  error instanceof AivmError && !LOCAL_FAULTS.has(error.code);
