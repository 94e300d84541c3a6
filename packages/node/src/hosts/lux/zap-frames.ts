import { concatBytes, u32be } from '@aivm/core/bytes';

/** What a frame carries behind its length and type, the request id included. */
export const PAYLOAD_BYTES_MAX: number = 16 * 1024 * 1024;
const REQUEST_ID_BYTES = 4;
const HEAD_BYTES = 5;
const PARTS_MAX = 4_096;

/** A request, or an answer to one. */
export interface Frame {
  readonly type: number;
  readonly requestId: number;
  readonly body: Uint8Array;
}

/** What cannot be a frame. The connection is of no use afterwards: where the next frame begins is unknown. */
export class ZapFrameError extends Error {
  override readonly name = 'ZapFrameError';
}

/** `u32be payload length ‖ u8 type ‖ u32be request id ‖ body`. @throws RangeError for a body that no frame carries. */
export function encodeFrame({ type, requestId, body }: Frame): Uint8Array {
  const length = body.length + REQUEST_ID_BYTES;
  if (length > PAYLOAD_BYTES_MAX) {
    throw new RangeError(`a frame carries at most ${PAYLOAD_BYTES_MAX} bytes, not ${length}`);
  }
  return concatBytes(u32be(length), Uint8Array.of(type), u32be(requestId), body);
}

/** Cuts a stream of bytes into frames. Holds what came of the next one, and reserves nothing for what did not. */
export class ZapFrameReader {
  #parts: Uint8Array[] = [];
  #held = 0;

  /** What came of a frame that is not whole, in words; undefined between two frames. */
  get unfinished(): string | undefined {
    return this.#held === 0 ? undefined : `${this.#held} bytes of a frame`;
  }

  /** The frames that `chunk` completes, in order. @throws ZapFrameError for a length that no frame has. */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    // Chunks of single bytes must not cost a hundred bytes each.
    if (this.#parts.length > PARTS_MAX) this.#parts = [concatBytes(...this.#parts)];
    for (;;) {
      const head = this.#peek(HEAD_BYTES);
      if (head === undefined) return;
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
      const length = view.getUint32(0);
      if (length < REQUEST_ID_BYTES || length > PAYLOAD_BYTES_MAX) {
        throw new ZapFrameError(
          `a frame of ${length} bytes; it has ${REQUEST_ID_BYTES} to ${PAYLOAD_BYTES_MAX} of them`,
        );
      }
      if (this.#held < HEAD_BYTES + length) return;
      const frame = this.#take(HEAD_BYTES + length);
      const place = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
      yield {
        type: frame[HEAD_BYTES - 1] as number,
        requestId: place.getUint32(HEAD_BYTES),
        body: frame.subarray(HEAD_BYTES + REQUEST_ID_BYTES),
      };
    }
  }

  /** The first bytes that are held; undefined where there are fewer. */
  #peek(size: number): Uint8Array | undefined {
    if (this.#held < size) return undefined;
    const [first] = this.#parts;
    if (first !== undefined && first.length >= size) return first.subarray(0, size);
    const joined = concatBytes(...this.#parts);
    this.#parts = [joined];
    return joined.subarray(0, size);
  }

  #take(size: number): Uint8Array {
    const joined = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : concatBytes(...this.#parts);
    this.#held -= size;
    this.#parts = this.#held === 0 ? [] : [joined.subarray(size)];
    // A copy: chunks of a socket are large, and of a class whose slices are no copies.
    return new Uint8Array(joined.subarray(0, size));
  }
}
