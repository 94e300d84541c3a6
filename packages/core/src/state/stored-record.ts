import { type Codec, parse } from '../bytes/codec/codec.ts';
import { AivmError } from '../errors/aivm-error.ts';

/**
 * The record that a state holds as `value`. Only this program writes them, so one that does not parse is damage of the
 * storage and never the fault of whoever asked.
 * @throws AivmError `data_dir_corrupt`.
 */
export function parseStored<T>(codec: Codec<T>, value: Uint8Array): T {
  try {
    return parse(codec, value);
  } catch (cause) {
    throw new AivmError('data_dir_corrupt', `a stored ${codec.typeName} does not parse`, { cause });
  }
}
