import { type Codec, refuseValue } from '../../bytes/codec/codec.ts';

/** A signed 32-bit integer in two's complement, little-endian. */
export const i32: Codec<number> = {
  typeName: 'int32',
  write: (writer, value, name) => {
    if (!Number.isInteger(value) || value !== (value | 0))
      refuseValue(name, 'an integer −2^31…2^31−1', value);
    writer.u32(value >>> 0);
  },
  read: (reader) => reader.u32() | 0,
  toJson: (value) => value,
};
