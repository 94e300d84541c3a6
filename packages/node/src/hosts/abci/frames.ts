import { concatBytes } from '@aivm/core/bytes';

/** CometBFT's own bound of a block is 100 MiB; a request with one fits, and nothing longer is read. */
export const FRAME_BYTES_MAX: number = 104_857_600;
/** An unsigned LEB128 number of a frame that is not too long has at most four bytes; a fifth is read to say how long. */
const LENGTH_BYTES_MAX = 5;

/** What cannot be a frame. The connection is of no use afterwards: where the next frame begins is unknown. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** The length of a frame, as unsigned LEB128. */
function encodeLength(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.of(...bytes, rest);
}

/** A frame: the length of the message, then the message. */
export const encodeFrame = (message: Uint8Array): Uint8Array =>
  concatBytes(encodeLength(message.length), message);

/** Cuts a stream of bytes into messages. Holds what came of the next frame, and reserves nothing for what did not. */
export class FrameReader {
  readonly #bytesMax: number;
  #length: number | undefined;
  readonly #lengthBytes: number[] = [];
  #parts: Uint8Array[] = [];
  #held = 0;

  constructor(bytesMax: number = FRAME_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** What came of a frame that is not whole, in words; undefined between two frames. */
  get unfinished(): string | undefined {
    if (this.#length !== undefined) return `${this.#held} of ${this.#length} bytes of a frame`;
    return this.#lengthBytes.length > 0 ? 'a part of the length of a frame' : undefined;
  }

  /** The messages that `chunk` completes, in order. @throws FrameError for a length that no frame has. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let place = 0;
    while (place < chunk.length || this.#length === 0) {
      if (this.#length === undefined) {
        this.#readLength(chunk[place++] as number);
        continue;
      }
      const part = chunk.subarray(place, place + this.#length - this.#held);
      place += part.length;
      this.#held += part.length;
      this.#parts.push(part);
      if (this.#held < this.#length) return;
      // A copy: chunks of a socket are large, and of a class whose slices are no copies.
      const message = concatBytes(...this.#parts);
      this.#parts = [];
      this.#held = 0;
      this.#length = undefined;
      yield message;
    }
  }

  #readLength(byte: number): void {
    this.#lengthBytes.push(byte);
    const length = this.#lengthBytes.reduce((sum, value, i) => sum + (value & 0x7f) * 2 ** (7 * i), 0);
    const isOpen = byte >= 0x80;
    if (length > this.#bytesMax || (isOpen && this.#lengthBytes.length >= LENGTH_BYTES_MAX)) {
      throw new FrameError(
        `a frame of ${isOpen ? 'at least ' : ''}${length} bytes; at most ${this.#bytesMax}`,
      );
    }
    if (isOpen) return;
    if (byte === 0 && this.#lengthBytes.length > 1) {
      throw new FrameError('the length of a frame is written with more bytes than it needs');
    }
    this.#length = length;
    this.#lengthBytes.length = 0;
  }
}
