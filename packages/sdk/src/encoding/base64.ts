import { AivmError } from '@aivm/core/errors';
import { base64 } from '@scure/base';

/**
 * Standard base64 with padding, as Go writes []byte.
 * @example bytesToBase64(Uint8Array.of(1, 2)) // 'AQI='
 */
export const bytesToBase64 = (bytes: Uint8Array): string => base64.encode(bytes);

/**
 * @throws AivmError `malformed` that names `name`.
 * @example base64ToBytes('AQI=') // Uint8Array.of(1, 2)
 */
export function base64ToBytes(text: string, name = 'base64'): Uint8Array {
  try {
    return base64.decode(text);
  } catch (cause) {
    throw new AivmError('malformed', `${name}: not standard base64`, { cause });
  }
}
