export { AivmError, assert } from './aivm-error.ts';
export { ERROR_CODES, type ErrorCode, isErrorCode } from './error-codes.ts';
export { ErrGPUNotAvailable, ErrInvalidTask, ErrNotInitialized, ErrProviderNotFound } from './go-errors.ts';
