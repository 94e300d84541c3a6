import { AivmError } from '../../errors/aivm-error.ts';

/** Where eight bytes become a number. A view of every input costs more than reading it: most have a few fields. */
const WORD = new DataView(new ArrayBuffer(8));
const WORD_BYTES = new Uint8Array(WORD.buffer);

/** Takes little-endian values from the front of a byte string; refuses (`malformed`) to read past its end. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #take(count: number): number {
    if (count > this.remaining) {
      throw new AivmError(
        'malformed',
        `needs ${count} bytes at offset ${this.#offset}, ${this.remaining} are left`,
      );
    }
    const offset = this.#offset;
    this.#offset += count;
    return offset;
  }

  /** Lays the next `count` bytes, 8 at most, into the word. */
  #load(count: number): void {
    const offset = this.#take(count);
    for (let i = 0; i < count; i++) WORD_BYTES[i] = this.#bytes[offset + i] ?? 0;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  u16(): number {
    this.#load(2);
    return WORD.getUint16(0, true);
  }

  u32(): number {
    this.#load(4);
    return WORD.getUint32(0, true);
  }

  u64(): bigint {
    this.#load(8);
    return WORD.getBigUint64(0, true);
  }

  /** A copy of the next `count` bytes. */
  bytes(count: number): Uint8Array {
    const offset = this.#take(count);
    // Not slice: one of a subclass such as Node's Buffer would be a view of the caller's memory.
    const copy = new Uint8Array(count);
    copy.set(this.#bytes.subarray(offset, offset + count));
    return copy;
  }

  /** A copy of what was read from `offset` on. */
  since(offset: number): Uint8Array {
    const copy = new Uint8Array(this.#offset - offset);
    copy.set(this.#bytes.subarray(offset, this.#offset));
    return copy;
  }

  /** @throws AivmError `malformed` unless everything was read. */
  assertEnd(name: string): void {
    if (this.remaining !== 0) throw new AivmError('malformed', `${name}: ${this.remaining} trailing bytes`);
  }
}
