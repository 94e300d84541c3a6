import { AivmError } from '@aivm/core/errors';
import { base64 } from '@scure/base';

/** What Node.js has for it: a mebibyte takes a millisecond, for 30 in JavaScript. */
interface NativeBase64 {
  from(bytes: ArrayBuffer, offset: number, length: number): { toString(encoding: 'base64'): string };
  from(text: string, encoding: 'base64'): Uint8Array;
}

const native = (): NativeBase64 | undefined => (globalThis as { Buffer?: NativeBase64 }).Buffer;

/**
 * Standard base64 with padding, as Go writes []byte.
 * @example bytesToBase64(Uint8Array.of(1, 2)) // 'AQI='
 */
export function bytesToBase64(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return (
    native()
      ?.from(buffer as ArrayBuffer, byteOffset, byteLength)
      .toString('base64') ?? base64.encode(bytes)
  );
}

/**
 * @throws AivmError `malformed` that names `name`.
 * @example base64ToBytes('AQI=') // Uint8Array.of(1, 2)
 */
export function base64ToBytes(text: string, name = 'base64'): Uint8Array {
  const decoded = native()?.from(text, 'base64');
  if (decoded !== undefined) {
    const bytes = Uint8Array.from(decoded);
    // The native decoder forgives what is not standard; writing it again does not.
    if (bytesToBase64(bytes) === text) return bytes;
    throw new AivmError('malformed', `${name}: not standard base64`);
  }
  try {
    return base64.decode(text);
  } catch (cause) {
    throw new AivmError('malformed', `${name}: not standard base64`, { cause });
  }
}
