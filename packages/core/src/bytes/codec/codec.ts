import { AivmError } from '../../errors/aivm-error.ts';
import { Reader } from './reader.ts';
import { type Writer, writeBytes } from './writer.ts';

/** What a codec shows of a value outside consensus: integers of any size are exact, bytes are 0x-hex text. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * One description of a type: its canonical bytes, its JSON form and its EIP-712 type. `write` refuses values outside
 * the type with `out_of_range`, `read` refuses every encoding that `write` would not have made with `malformed`.
 */
export interface Codec<T> {
  /** The EIP-712 name of the type; a struct's own name where it is one. */
  readonly typeName: string;
  /** For a struct (or a list of structs): its members, from which the EIP-712 type string is made. */
  readonly members?: readonly { readonly name: string; readonly codec: Codec<unknown> }[];
  /** For a list: what it lists. */
  readonly element?: Codec<unknown>;
  write(writer: Writer, value: T, name: string): void;
  read(reader: Reader, name: string): T;
  toJson(value: T): JsonValue;
}

/** The type of the values that a codec describes. */
export type CodecValue<C> = C extends Codec<infer T> ? T : never;

/** Canonical bytes of `value`. @throws AivmError `out_of_range` that names the field. */
export function serialize<T>(codec: Codec<T>, value: T, name: string = codec.typeName): Uint8Array {
  return writeBytes((writer) => codec.write(writer, value, name));
}

/** The value whose canonical encoding is exactly `bytes`. @throws AivmError `malformed` that names the field. */
export function parse<T>(codec: Codec<T>, bytes: Uint8Array, name: string = codec.typeName): T {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(`${name}: expected Uint8Array, got ${typeof bytes}`);
  const reader = new Reader(bytes);
  const value = codec.read(reader, name);
  reader.assertEnd(name);
  return value;
}

/** Throws `out_of_range` with what was expected and what came. */
export function refuseValue(name: string, expected: string, got: unknown): never {
  const shown =
    got instanceof Uint8Array ? `${got.length} bytes` : typeof got === 'object' ? 'an object' : String(got);
  throw new AivmError('out_of_range', `${name}: expected ${expected}, got ${shown.slice(0, 80)}`);
}
