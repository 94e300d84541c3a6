import { type Codec, parse } from '../bytes/codec/codec.ts';
import { AivmError } from '../errors/aivm-error.ts';

/**
 * Longer values (documents) are read seldom and would be held twice. The longest record of a provider is shorter: each
 * draw that looks at it would parse it again.
 */
const REMEMBERED_BYTES_MAX = 65_536;

interface Remembered {
  readonly codec: Codec<unknown>;
  readonly record: unknown;
}

/**
 * What values parsed to, for as long as somebody holds the value itself: the state hands out the same bytes block after
 * block, and neither bytes nor records are ever changed.
 */
const REMEMBERED = new WeakMap<Uint8Array, Remembered>();

/**
 * The record that a state holds as `value`. Only this program writes them, so one that does not parse is damage of the
 * storage and never the caller's fault.
 * @throws AivmError `data_dir_corrupt`.
 */
export function parseStored<T>(codec: Codec<T>, value: Uint8Array): T {
  const known = REMEMBERED.get(value);
  if (known !== undefined && known.codec === codec) return known.record as T;
  try {
    const record = parse(codec, value);
    if (value.length <= REMEMBERED_BYTES_MAX) REMEMBERED.set(value, { codec, record });
    return record;
  } catch (cause) {
    throw new AivmError('data_dir_corrupt', `a stored ${codec.typeName} does not parse`, { cause });
  }
}
