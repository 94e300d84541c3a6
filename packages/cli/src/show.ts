import { bytesToHex, bytesToUtf8 } from '@aivm/core/bytes';
import type { RouteAnswer, RouteName, Routes } from '@aivm/sdk';

/** Bytes as people and other tools write them. */
export const toHex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** An output for people: text or JSON as itself where it is, else hex. */
export function showBytes(bytes: Uint8Array, width: number): string {
  const text = bytesToUtf8(bytes);
  const isText = text !== undefined && text !== '' && !/\p{Cc}/u.test(text);
  return shorten(isText ? text : toHex(bytes), width);
}

/** A value of JSON on one line, cut to `width` characters. */
export function shorten(value: unknown, width: number): string {
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member));
  return text === undefined ? '–' : text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** What a route answered, in the JSON form in which it came: amounts as decimal text, addresses with checksum. */
export async function toWire<N extends RouteName>(
  route: N,
  answer: RouteAnswer<Routes[N]>,
): Promise<unknown> {
  const { encodeJson, routes } = await import('@aivm/sdk');
  return encodeJson(routes[route].response, answer as never, route);
}
