export { u32be, u64be } from './big-endian.ts';
export { assertBytes, compareBytes, concatBytes, equalBytes, isZeroBytes, ZERO_32 } from './bytes.ts';
export { type Codec, type CodecValue, type JsonValue, parse, serialize } from './codec/codec.ts';
export { list, type StructValue, struct } from './codec/composites.ts';
export { address, bool, bytes, bytes32, height, text, u8, u32, u64, u128 } from './codec/primitives.ts';
export { bytesToHex, hexToBytes, isHex } from './hex.ts';
export { formatAmount, parseAmount } from './parse-amount.ts';
export { bytesToUtf8, utf8ToBytes } from './utf8.ts';
