export {
  assertBytes,
  type Bytes,
  compareBytes,
  concatBytes,
  equalBytes,
  isZeroBytes,
  ZERO_32,
} from './bytes/bytes.ts';
export { bytesToHex, hexToBytes, isHex } from './bytes/hex.ts';
export { bytesToUtf8, utf8ToBytes } from './bytes/utf8.ts';
export { installKeccak256, type Keccak256, keccak256 } from './crypto/keccak.ts';
export { AivmError, assert, requireThat } from './errors/aivm-error.ts';
export { ERROR_CODES, type ErrorCode, type ErrorCodeEntry, isErrorCode } from './errors/error-codes.ts';
export {
  ErrGPUNotAvailable,
  ErrInvalidTask,
  ErrNotInitialized,
  ErrProviderNotFound,
} from './errors/seed-errors.ts';
