import { AivmError } from '../../errors/aivm-error.ts';

/** Takes little-endian values from the front of a byte string; refuses (`malformed`) to read past its end. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    // A plain view: slicing a subclass such as Node's Buffer would hand out views of the caller's memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A copy of the next `count` bytes. */
  bytes(count: number): Uint8Array {
    const offset = this.#take(count);
    return this.#bytes.slice(offset, offset + count);
  }

  /** @throws AivmError `malformed` unless everything was read. */
  assertEnd(name: string): void {
    if (this.remaining !== 0) throw new AivmError('malformed', `${name}: ${this.remaining} trailing bytes`);
  }
}
