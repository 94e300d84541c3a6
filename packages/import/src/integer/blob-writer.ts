import { createHash } from 'node:crypto';
import { ALIGNMENT, alignUp, ROW_TAIL_SIZE, rowStride } from '@aivm/core/network';

/** One row of weights and what scales its sum. */
export interface Row {
  readonly weights: Int8Array;
  readonly bias: number;
  readonly mult: number;
  readonly shift: number;
}

/** A blob of rows and tables, each at a multiple of 128 bytes. Equal tables are written once. */
export class BlobWriter {
  readonly #parts: Uint8Array[] = [];
  readonly #tables = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Appends rows of equal width and returns their place. */
  rows(rows: readonly Row[]): number {
    const width = rows[0]?.weights.length ?? 0;
    const stride = rowStride(width);
    const bytes = new Uint8Array(rows.length * stride);
    const view = new DataView(bytes.buffer);
    for (const [index, { weights, bias, mult, shift }] of rows.entries()) {
      const start = index * stride;
      bytes.set(new Uint8Array(weights.buffer, weights.byteOffset, width), start);
      view.setInt32(start + width, bias, true);
      view.setInt32(start + width + 4, mult, true);
      view.setUint8(start + width + ROW_TAIL_SIZE - 1, shift);
    }
    return this.#append(bytes);
  }

  /** Appends a table's bytes, or finds the same bytes, and returns their place. */
  table(values: Int8Array | Int16Array | Int32Array): number {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#shared(bytes);
  }

  /** Appends bytes that no operator reads and returns their place. */
  bytes(bytes: Uint8Array): number {
    return this.#append(bytes);
  }

  /** Appends a norm's gains, and biases at the next multiple of 128. */
  gains(gains: Int16Array, biases: Int32Array | undefined): number {
    const start = alignUp(gains.byteLength);
    const bytes = new Uint8Array(start + (biases?.byteLength ?? 0));
    bytes.set(new Uint8Array(gains.buffer, gains.byteOffset, gains.byteLength));
    if (biases !== undefined)
      bytes.set(new Uint8Array(biases.buffer, biases.byteOffset, biases.byteLength), start);
    return this.#shared(bytes);
  }

  #shared(bytes: Uint8Array): number {
    const key = createHash('sha256').update(bytes).digest('hex');
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const place = this.#append(Uint8Array.from(bytes));
    this.#tables.set(key, place);
    return place;
  }

  #append(bytes: Uint8Array): number {
    const place = this.#size;
    this.#parts.push(bytes);
    this.#size += Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
    return place;
  }

  /** All bytes. */
  finish(): Uint8Array {
    const blob = new Uint8Array(this.#size);
    let place = 0;
    for (const part of this.#parts) {
      blob.set(part, place);
      place += alignUp(part.length);
    }
    return blob;
  }
}
