import { AivmError } from '../../errors/aivm-error.ts';
import { bytesToHex } from '../hex.ts';
import { bytesToUtf8, utf8ToBytes } from '../utf8.ts';
import { type Codec, refuseValue } from './codec.ts';

const U64_MAX = (1n << 64n) - 1n;
const U128_MAX = (1n << 128n) - 1n;
/** The largest count or height: a height is a u64 on the wire and a number in memory. */
export const HEIGHT_MAX: number = Number.MAX_SAFE_INTEGER;

function smallUint(bits: 8 | 16 | 32): Codec<number> {
  const max = 2 ** bits - 1;
  const method = `u${bits}` as const;
  return {
    typeName: `uint${bits}`,
    write: (writer, value, name) => {
      if (!Number.isInteger(value) || value < 0 || value > max)
        refuseValue(name, `an integer 0…${max}`, value);
      writer[method](value);
    },
    read: (reader) => reader[method](),
    toJson: (value) => value,
  };
}

export const u8: Codec<number> = smallUint(8);
export const u16: Codec<number> = smallUint(16);
export const u32: Codec<number> = smallUint(32);

export const u64: Codec<bigint> = {
  typeName: 'uint64',
  write: (writer, value, name) => {
    if (typeof value !== 'bigint' || value < 0n || value > U64_MAX) refuseValue(name, 'a uint64', value);
    writer.u64(value);
  },
  read: (reader) => reader.u64(),
  toJson: (value) => value,
};

/** A u64 on the wire that is a count or a height in memory: 0 … 2^53 − 1. */
export const height: Codec<number> = {
  typeName: 'uint64',
  write: (writer, value, name) => {
    if (!Number.isSafeInteger(value) || value < 0) refuseValue(name, 'an integer 0…2^53−1', value);
    writer.u64(BigInt(value));
  },
  read: (reader, name) => {
    const value = reader.u64();
    if (value > BigInt(HEIGHT_MAX)) throw new AivmError('malformed', `${name}: ${value} is above 2^53−1`);
    return Number(value);
  },
  toJson: (value) => value,
};

/** Amounts: sums of money do not fit 64 bits. */
export const u128: Codec<bigint> = {
  typeName: 'uint128',
  write: (writer, value, name) => {
    if (typeof value !== 'bigint' || value < 0n || value > U128_MAX) refuseValue(name, 'a uint128', value);
    writer.u64(value & U64_MAX);
    writer.u64(value >> 64n);
  },
  read: (reader) => reader.u64() | (reader.u64() << 64n),
  toJson: (value) => value,
};

/** One byte, 0 or 1. */
export const bool: Codec<boolean> = {
  typeName: 'bool',
  write: (writer, value, name) => {
    if (typeof value !== 'boolean') refuseValue(name, 'a boolean', value);
    writer.u8(value ? 1 : 0);
  },
  read: (reader, name) => {
    const byte = reader.u8();
    if (byte > 1) throw new AivmError('malformed', `${name}: a boolean is 0 or 1, got ${byte}`);
    return byte === 1;
  },
  toJson: (value) => value,
};

function fixed(size: number, typeName: string): Codec<Uint8Array> {
  return {
    typeName,
    write: (writer, value, name) => {
      if (!(value instanceof Uint8Array) || value.length !== size) refuseValue(name, `${size} bytes`, value);
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(size),
    toJson: (value) => `0x${bytesToHex(value)}`,
  };
}

export const bytes32: Codec<Uint8Array> = fixed(32, 'bytes32');
/** A 20-byte EVM-style address. */
export const address: Codec<Uint8Array> = fixed(20, 'address');

/** u32 length, then at most `sizeMax` bytes. */
export function bytes(sizeMax: number): Codec<Uint8Array> {
  return {
    typeName: 'bytes',
    write: (writer, value, name) => {
      if (!(value instanceof Uint8Array)) refuseValue(name, 'bytes', value);
      if (value.length > sizeMax)
        throw new AivmError('too_large', `${name}: ${value.length} bytes, at most ${sizeMax}`);
      writer.u32(value.length);
      writer.bytes(value);
    },
    read: (reader, name) => {
      const size = reader.u32();
      if (size > sizeMax) throw new AivmError('too_large', `${name}: ${size} bytes, at most ${sizeMax}`);
      return reader.bytes(size);
    },
    toJson: (value) => `0x${bytesToHex(value)}`,
  };
}

/** UTF-8 text of at most `sizeMax` bytes; ill-formed UTF-8 is refused. */
export function text(sizeMax: number): Codec<string> {
  const raw = bytes(sizeMax);
  return {
    typeName: 'string',
    write: (writer, value, name) => {
      if (typeof value !== 'string') refuseValue(name, 'text', value);
      if (value.length <= sizeMax && writer.ascii(value)) return;
      raw.write(writer, utf8Of(value, name), name);
    },
    read: (reader, name) => {
      const value = bytesToUtf8(raw.read(reader, name));
      if (value === undefined) throw new AivmError('malformed', `${name}: not UTF-8`);
      return value;
    },
    toJson: (value) => value,
  };
}

function utf8Of(value: string, name: string): Uint8Array {
  try {
    return utf8ToBytes(value);
  } catch (cause) {
    throw new AivmError('malformed', `${name}: a lone surrogate is not text`, { cause });
  }
}
