import { bytesToUtf8 } from '../../bytes/utf8.ts';
import { secondsOf } from '../encoding/time.ts';
import { refuse } from '../refusal.ts';
import { DER_TAG, type DerValue } from './der.ts';

function contentOf(value: DerValue, tag: number, name: string): Uint8Array {
  if (value.tag !== tag) refuse('malformed', `${name}: expected tag ${tag}, got ${value.tag}`);
  return value.content;
}

/** Content octets of an INTEGER in two's complement, refused unless minimal. */
export function integerOctets(value: DerValue, name: string): Uint8Array {
  const content = contentOf(value, DER_TAG.integer, name);
  const [first, second] = content;
  if (first === undefined) refuse('malformed', `${name}: empty INTEGER`);
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    refuse('malformed', `${name}: INTEGER is not minimal`);
  }
  return content;
}

/** Big-endian magnitude of a non-negative INTEGER, without a leading zero (one zero octet for 0). */
export function unsignedOctets(value: DerValue, name: string): Uint8Array {
  const content = integerOctets(value, name);
  if ((content[0] ?? 0) >= 0x80) refuse('malformed', `${name}: negative INTEGER`);
  return content[0] === 0 && content.length > 1 ? content.subarray(1) : content;
}

/** A non-negative INTEGER of at most 32 bits. */
export function smallInteger(value: DerValue, name: string): number {
  const octets = unsignedOctets(value, name);
  if (octets.length > 4) refuse('malformed', `${name}: INTEGER above 2^32`);
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** A BOOLEAN: 0x00 or 0xff. */
export function booleanOf(value: DerValue, name: string): boolean {
  const content = contentOf(value, DER_TAG.boolean, name);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    refuse('malformed', `${name}: BOOLEAN is neither 00 nor ff`);
  }
  return content[0] === 0xff;
}

/** Octets of a BIT STRING that uses all of its bits (keys and signatures). */
export function wholeBitString(value: DerValue, name: string): Uint8Array {
  const content = contentOf(value, DER_TAG.bitString, name);
  if (content[0] !== 0) refuse('malformed', `${name}: BIT STRING is not a whole number of octets`);
  return content.subarray(1);
}

/** First octet of a BIT STRING of named bits (0 for none), refused unless the unused bits are zero. */
export function namedBits(value: DerValue, name: string): number {
  const content = contentOf(value, DER_TAG.bitString, name);
  const unused = content[0];
  const last = content.length > 1 ? (content.at(-1) ?? 0) : 0;
  const isValid = unused !== undefined && unused <= 7 && (content.length > 1 || unused === 0);
  if (!isValid || (last & ((1 << unused) - 1)) !== 0) refuse('malformed', `${name}: BIT STRING padding`);
  return content[1] ?? 0;
}

/** Dotted text of an OBJECT IDENTIFIER. */
export function oidText(value: DerValue, name: string): string {
  const content = contentOf(value, DER_TAG.oid, name);
  const arcs: number[] = [];
  let arc = 0;
  let isFresh = true;
  for (const octet of content) {
    if ((isFresh && octet === 0x80) || arc > 2 ** 40) refuse('malformed', `${name}: OID arc`);
    arc = arc * 128 + (octet & 0x7f);
    isFresh = (octet & 0x80) === 0;
    if (!isFresh) continue;
    if (arcs.length === 0) {
      const top = Math.min(2, Math.floor(arc / 40));
      arcs.push(top, arc - 40 * top);
    } else arcs.push(arc);
    arc = 0;
  }
  if (!isFresh || arcs.length === 0) refuse('malformed', `${name}: OID ends inside an arc`);
  return arcs.join('.');
}

/** Text of a UTF8String, PrintableString or IA5String. */
export function stringText(value: DerValue, tag: number, name: string): string {
  const text = bytesToUtf8(contentOf(value, tag, name));
  if (text === undefined) refuse('malformed', `${name}: not UTF-8`);
  return text;
}

/**
 * Unix seconds of a UTCTime or GeneralizedTime in UTC with seconds. GeneralizedTime is accepted for every year:
 * NVIDIA writes it before 2050, where RFC 5280 asks for UTCTime.
 */
export function timeOf(value: DerValue, name: string): number {
  const isShort = value.tag === DER_TAG.utcTime;
  if (!isShort && value.tag !== DER_TAG.generalizedTime) refuse('malformed', `${name}: not a time`);
  const text = String.fromCharCode(...value.content.subarray(0, 16));
  const match = (
    isShort ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  ).exec(text);
  const parts = match?.slice(1, 7).map(Number) ?? [];
  if (isShort && parts[0] !== undefined) parts[0] += parts[0] < 50 ? 2000 : 1900;
  const seconds = match === null || value.content.length > 16 ? undefined : secondsOf(parts);
  if (seconds === undefined) refuse('malformed', `${name}: not a time in UTC`);
  return seconds;
}
