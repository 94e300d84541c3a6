import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import type { ProtocolEvent } from '@aivm/core/execute';

/**
 * Events are not part of consensus and gain kinds over time, so they are kept as JSON in which a bigint is
 * {"$n": "decimal"} and bytes are {"$b": "hex"}. No member of an event has such a name.
 */
export function serializeEvents(events: readonly ProtocolEvent[]): string {
  return JSON.stringify(events, (_, value: unknown) => {
    if (typeof value === 'bigint') return { $n: value.toString() };
    if (value instanceof Uint8Array) return { $b: bytesToHex(value) };
    return value;
  });
}

/** The events that `text` was made from. @throws SyntaxError or TypeError when it was not made from any. */
export function parseEvents(text: string): readonly ProtocolEvent[] {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$n' in value) return BigInt(String(value.$n));
    if ('$b' in value) return hexToBytes(String(value.$b));
    return value;
  }) as readonly ProtocolEvent[];
}
