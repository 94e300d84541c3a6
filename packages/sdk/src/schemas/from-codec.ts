import { address, type Codec, height, u64, u128 } from '@aivm/core/bytes';
import * as z from 'zod';
import { addressText, amount, count, hexBytes, uint64 } from './scalars.ts';
import { wire } from './wire.ts';

const INTEGER_MAX: Readonly<Record<string, number>> = { uint8: 0xff, uint16: 0xffff, uint32: 0xffff_ffff };

const text = z.string();
const flag = z.boolean();

function scalarOf(codec: Codec<unknown>): z.ZodType {
  // uint64 is a count in some places and an amount in others: the codecs themselves tell them apart.
  if (codec === (height as Codec<unknown>)) return count();
  if (codec === (u64 as Codec<unknown>)) return uint64;
  if (codec === (u128 as Codec<unknown>)) return amount;
  if (codec === (address as Codec<unknown>)) return addressText;
  const { typeName } = codec;
  const max = INTEGER_MAX[typeName];
  if (max !== undefined) return count(max);
  if (typeName === 'bytes32') return hexBytes(32);
  if (typeName === 'bytes') return hexBytes();
  if (typeName === 'string') return text;
  if (typeName === 'bool') return flag;
  throw new TypeError(`codec: no JSON form for ${typeName}`);
}

function schemaOf(codec: Codec<unknown>): z.ZodType {
  if (codec.element !== undefined) return z.array(schemaOf(codec.element));
  if (codec.members === undefined) return scalarOf(codec);
  return z.object(Object.fromEntries(codec.members.map((member) => [member.name, schemaOf(member.codec)])));
}

/**
 * The JSON schema of a consensus type, made from its codec: uint64 amounts are exact integers, larger amounts decimal
 * strings, bytes 0x-hex, addresses EIP-55 text.
 */
export const schemaOfCodec = <T>(codec: Codec<T>): z.ZodType<T, unknown> =>
  schemaOf(codec as Codec<unknown>) as z.ZodType<T, unknown>;

/** As {@link schemaOfCodec}, for a value that may be absent: null on the wire, undefined in memory. */
export const nullableOf = <T>(
  inner: z.ZodType<T, unknown>,
  description: string,
): z.ZodType<T | undefined, unknown> =>
  wire({
    schema: { description },
    decode: (value) => (value === null || value === undefined ? undefined : z.decode(inner, value as never)),
    encode: (value) => (value === undefined ? null : z.encode(inner, value)),
  });
