const INITIAL_SIZE = 256;

/** Appends little-endian values to a growing buffer. Range checks are the codecs' business. */
export class Writer {
  #bytes = new Uint8Array(INITIAL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  // May replace the buffer: called before the buffer is named, never as an argument to one of its methods.
  #reserve(count: number): number {
    const offset = this.#size;
    this.#size += count;
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#size, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, offset));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return offset;
  }

  u8(value: number): void {
    const offset = this.#reserve(1);
    this.#bytes[offset] = value;
  }

  u16(value: number): void {
    const offset = this.#reserve(2);
    this.#view.setUint16(offset, value, true);
  }

  u32(value: number): void {
    const offset = this.#reserve(4);
    this.#view.setUint32(offset, value, true);
  }

  u64(value: bigint): void {
    const offset = this.#reserve(8);
    this.#view.setBigUint64(offset, value, true);
  }

  bytes(value: Uint8Array): void {
    const offset = this.#reserve(value.length);
    this.#bytes.set(value, offset);
  }

  /** A text's size as u32 and its bytes, if it is ASCII. @returns false, with nothing written, for any other */
  ascii(text: string): boolean {
    const start = this.#size;
    this.u32(text.length);
    const offset = this.#reserve(text.length);
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        this.#size = start;
        return false;
      }
      bytes[offset + i] = unit;
    }
    return true;
  }

  /** A copy of what was written so far. */
  finish(): Uint8Array {
    return this.since(0);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** A copy of what was written from `offset` on. */
  since(offset: number): Uint8Array {
    return this.#bytes.slice(offset, this.#size);
  }

  /** Begins anew, in the same buffer. */
  clear(): void {
    this.#size = 0;
  }

  /** Bytes of the buffer. */
  get capacity(): number {
    return this.#bytes.length;
  }
}

/** A writer that nobody uses now: most values are small, and a buffer for each costs more than writing it. */
let spare: Writer | undefined;
/** A larger buffer than this is not worth holding on to. */
const SPARE_BYTES_MAX = 65_536;

/** What `write` writes. */
export function writeBytes(write: (writer: Writer) => void): Uint8Array {
  const writer = spare ?? new Writer();
  // Nobody else's until all is written: `write` may come here again, and one that throws leaves a rest.
  spare = undefined;
  write(writer);
  const bytes = writer.finish();
  writer.clear();
  if (writer.capacity <= SPARE_BYTES_MAX) spare = writer;
  return bytes;
}
