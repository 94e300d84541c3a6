export {
  assertBytes,
  type Bytes,
  compareBytes,
  concatBytes,
  equalBytes,
  isZeroBytes,
  ZERO_32,
} from './bytes/bytes.ts';
export {
  type Codec,
  type CodecValue,
  type JsonValue,
  parse,
  serialize,
} from './bytes/codec/codec.ts';
export { list, optional, type StructValue, struct } from './bytes/codec/composites.ts';
export {
  address,
  bool,
  bytes,
  bytes32,
  HEIGHT_MAX,
  height,
  text,
  u8,
  u16,
  u32,
  u64,
  u128,
} from './bytes/codec/primitives.ts';
export { bytesToHex, hexToBytes, isHex } from './bytes/hex.ts';
export { bytesToUtf8, utf8ToBytes } from './bytes/utf8.ts';
export { installKeccak256, type Keccak256, keccak256 } from './crypto/keccak.ts';
export { type HashName, namedHash } from './crypto/named-hash.ts';
export { AivmError, assert, requireThat } from './errors/aivm-error.ts';
export { ERROR_CODES, type ErrorCode, type ErrorCodeEntry, isErrorCode } from './errors/error-codes.ts';
export {
  ErrGPUNotAvailable,
  ErrInvalidTask,
  ErrNotInitialized,
  ErrProviderNotFound,
} from './errors/seed-errors.ts';
