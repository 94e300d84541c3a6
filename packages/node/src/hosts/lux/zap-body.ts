import { bytesToUtf8, concatBytes, u32be, u64be, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

/** Reads the members of a body in turn. What follows the last that is asked for belongs to newer nodes. */
export class BodyReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #call: string;
  #place = 0;

  /** `call` names the message in errors. */
  constructor(bytes: Uint8Array, call: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#call = call;
  }

  u8(name: string): number {
    return this.#view.getUint8(this.#skip(1, name));
  }

  u32(name: string): number {
    return this.#view.getUint32(this.#skip(4, name));
  }

  i32(name: string): number {
    return this.#view.getInt32(this.#skip(4, name));
  }

  u64(name: string): bigint {
    return this.#view.getBigUint64(this.#skip(8, name));
  }

  i64(name: string): bigint {
    return this.#view.getBigInt64(this.#skip(8, name));
  }

  /** @throws AivmError `malformed` where the body ends before. */
  bytes(name: string): Uint8Array {
    const length = this.u32(name);
    const start = this.#skip(length, name);
    return this.#bytes.subarray(start, start + length);
  }

  text(name: string): string {
    const text = bytesToUtf8(this.bytes(name));
    if (text === undefined) throw new AivmError('malformed', `${this.#call}: ${name}: not UTF-8`);
    return text;
  }

  list(name: string): readonly Uint8Array[] {
    const count = this.u32(name);
    // Each has at least the four bytes of its length.
    if (count * 4 > this.#bytes.length - this.#place) {
      throw new AivmError('malformed', `${this.#call}: ${name}: ${count} entries do not fit in the body`);
    }
    return Array.from({ length: count }, () => this.bytes(name));
  }

  #skip(size: number, name: string): number {
    const start = this.#place;
    if (size > this.#bytes.length - start) {
      throw new AivmError(
        'malformed',
        `${this.#call}: ${name}: wants ${size} bytes at ${start}, the body has ${this.#bytes.length}`,
      );
    }
    this.#place += size;
    return start;
  }
}

/** Bytes with their length before them. */
const withLength = (bytes: Uint8Array): Uint8Array => concatBytes(u32be(bytes.length), bytes);

/** A body of members, in turn. */
export class BodyWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.#add(Uint8Array.of(value));
  }

  u32(value: number): this {
    return this.#add(u32be(value));
  }

  u64(value: number | bigint): this {
    return this.#add(u64be(value));
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    return this.#add(withLength(value));
  }

  text(value: string): this {
    return this.bytes(utf8ToBytes(value));
  }

  end(): Uint8Array {
    return concatBytes(...this.#parts);
  }

  #add(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
}
