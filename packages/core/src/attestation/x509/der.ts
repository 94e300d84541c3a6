import { refuse } from '../refusal.ts';

/** Tags of the DER types that certificates use. */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value: its tag octet, its content, and the whole encoding (both share the bytes they were read from). */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly encoded: Uint8Array;
}

const LENGTH_OCTETS_MAX = 3;

function readLength(bytes: Uint8Array, offset: number): { readonly length: number; readonly start: number } {
  const first = bytes[offset];
  if (first === undefined) refuse('malformed', 'DER: ends inside a length');
  if (first < 0x80) return { length: first, start: offset + 1 };
  const count = first & 0x7f;
  if (count === 0) refuse('malformed', 'DER: indefinite length');
  if (count > LENGTH_OCTETS_MAX) refuse('malformed', 'DER: a length above 2^24');
  let length = 0;
  for (let i = 1; i <= count; i++) {
    const octet = bytes[offset + i];
    if (octet === undefined) refuse('malformed', 'DER: ends inside a length');
    length = length * 256 + octet;
  }
  if (length < 0x80 || length < 2 ** (8 * (count - 1))) refuse('malformed', 'DER: length is not minimal');
  return { length, start: offset + 1 + count };
}

/** The value that begins at `offset`; what follows it is not looked at. */
export function readDerAt(bytes: Uint8Array, offset: number): DerValue {
  const tag = bytes[offset];
  if (tag === undefined) refuse('malformed', 'DER: a value is missing');
  if ((tag & 0x1f) === 0x1f) refuse('malformed', 'DER: a tag of several octets');
  const { length, start } = readLength(bytes, offset + 1);
  if (length > bytes.length - start) refuse('malformed', 'DER: a value ends past its container');
  return {
    tag,
    content: bytes.subarray(start, start + length),
    encoded: bytes.subarray(offset, start + length),
  };
}

/** The one value that `bytes` are; trailing bytes are `malformed`. */
export function readDer(bytes: Uint8Array): DerValue {
  const value = readDerAt(bytes, 0);
  if (value.encoded.length !== bytes.length) refuse('malformed', 'DER: trailing bytes');
  return value;
}

/** Takes the members of a constructed value one after the other. */
export class DerCursor {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #offset = 0;

  constructor(container: DerValue, tag: number, name: string) {
    if (container.tag !== tag) refuse('malformed', `${name}: expected tag ${tag}, got ${container.tag}`);
    this.#bytes = container.content;
    this.#name = name;
  }

  get isDone(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The next member, whatever its tag. */
  any(): DerValue {
    const value = readDerAt(this.#bytes, this.#offset);
    this.#offset += value.encoded.length;
    return value;
  }

  /** The next member, which must have `tag`. */
  take(tag: number): DerValue {
    const value = this.any();
    if (value.tag !== tag) refuse('malformed', `${this.#name}: expected tag ${tag}, got ${value.tag}`);
    return value;
  }

  /** The next member where it has `tag`, else nothing is taken. */
  optional(tag: number): DerValue | undefined {
    return this.#bytes[this.#offset] === tag ? this.any() : undefined;
  }

  /** `malformed` unless every member was taken. */
  end(): void {
    if (!this.isDone) refuse('malformed', `${this.#name}: more members than expected`);
  }
}

/** Members of a SEQUENCE. */
export const sequenceOf = (value: DerValue, name: string): DerCursor =>
  new DerCursor(value, DER_TAG.sequence, name);
