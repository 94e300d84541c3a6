import { AivmError } from '../../errors/aivm-error.ts';
import { type Codec, type CodecValue, type JsonValue, refuseValue } from './codec.ts';

/** The value type of a struct codec, member by member. */
export type StructValue<M extends Record<string, Codec<unknown>>> = {
  readonly [K in keyof M]: CodecValue<M[K]>;
};

// A codec of some T: method parameters are bivariant, so every codec fits.
type AnyCodec = Codec<unknown>;

/** Members in the order in which they are written here. `typeName` is the EIP-712 name. */
export function struct<M extends Record<string, AnyCodec>>(
  typeName: string,
  members: M,
): Codec<StructValue<M>> {
  const entries = Object.entries(members).map(([member, codec]) => ({ member, codec, suffix: `.${member}` }));
  return {
    typeName,
    members: Object.entries(members).map(([name, codec]) => ({ name, codec })),
    write: (writer, value, name) => {
      if (typeof value !== 'object' || value === null) refuseValue(name, typeName, value);
      const record = value as Readonly<Record<string, unknown>>;
      for (const { member, codec, suffix } of entries) codec.write(writer, record[member], name + suffix);
    },
    read: (reader, name) => {
      const value: Record<string, unknown> = {};
      for (const { member, codec, suffix } of entries) value[member] = codec.read(reader, name + suffix);
      return value as StructValue<M>;
    },
    toJson: (value) => {
      const json: Record<string, JsonValue> = {};
      const record = value as Readonly<Record<string, unknown>>;
      for (const { member, codec } of entries) json[member] = codec.toJson(record[member]);
      return json;
    },
  };
}

/** u32 count, then at most `countMax` elements. */
export function list<T>(element: Codec<T>, countMax: number): Codec<readonly T[]> {
  return {
    typeName: `${element.typeName}[]`,
    element: element,
    write: (writer, value, name) => {
      if (!Array.isArray(value)) refuseValue(name, 'a list', value);
      if (value.length > countMax)
        throw new AivmError('too_large', `${name}: ${value.length} elements, at most ${countMax}`);
      writer.u32(value.length);
      for (const [i, item] of value.entries()) element.write(writer, item, `${name}[${i}]`);
    },
    read: (reader, name) => {
      const count = reader.u32();
      if (count > countMax)
        throw new AivmError('too_large', `${name}: ${count} elements, at most ${countMax}`);
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(element.read(reader, `${name}[${i}]`));
      return values;
    },
    toJson: (value) => value.map((item) => element.toJson(item)),
  };
}

/** One presence byte, 0 or 1, then the value. Never part of a signed operation. */
export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  return {
    typeName: inner.typeName,
    write: (writer, value, name) => {
      writer.u8(value === undefined ? 0 : 1);
      if (value !== undefined) inner.write(writer, value, name);
    },
    read: (reader, name) => {
      const presence = reader.u8();
      if (presence > 1)
        throw new AivmError('malformed', `${name}: a presence byte is 0 or 1, got ${presence}`);
      return presence === 1 ? inner.read(reader, name) : undefined;
    },
    toJson: (value) => (value === undefined ? null : inner.toJson(value)),
  };
}
