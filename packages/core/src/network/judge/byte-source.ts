import { AivmError } from '../../errors/aivm-error.ts';
import { LEAF_SIZE } from '../trace/tree-shape.ts';

/** Bytes of a trace or of a blob, by place. */
export interface ByteSource {
  /** `size` bytes from `offset` on, in memory of their own that begins at a multiple of 8. */
  read(offset: number, size: number): Uint8Array;
}

/** Reads nothing but zeros and notes the leaves that are read. */
export class LeafRecorder implements ByteSource {
  readonly #leaves = new Set<number>();

  read(offset: number, size: number): Uint8Array {
    const last = Math.floor((offset + size - 1) / LEAF_SIZE);
    for (let leaf = Math.floor(offset / LEAF_SIZE); leaf <= last; leaf++) this.#leaves.add(leaf);
    return new Uint8Array(size);
  }

  /** The leaves so far, ascending. */
  get leaves(): readonly number[] {
    return [...this.#leaves].sort((left, right) => left - right);
  }
}

/** Reads from whole bytes; behind their end there are zeros. */
export function wholeBytes(bytes: Uint8Array): ByteSource {
  return {
    read: (offset, size) => {
      const copy = new Uint8Array(size);
      copy.set(bytes.subarray(offset, offset + size));
      return copy;
    },
  };
}

/**
 * Reads from opened leaves alone.
 *
 * @param indices ascending
 * @param leaves 128 bytes for each
 */
export function openedLeaves(indices: readonly number[], leaves: Uint8Array): ByteSource {
  const places = new Map(indices.map((index, i) => [index, i * LEAF_SIZE]));
  return {
    read: (offset, size) => {
      const copy = new Uint8Array(size);
      for (let done = 0; done < size; ) {
        const leaf = Math.floor((offset + done) / LEAF_SIZE);
        const within = offset + done - leaf * LEAF_SIZE;
        const count = Math.min(size - done, LEAF_SIZE - within);
        const place = places.get(leaf);
        if (place === undefined) throw new AivmError('malformed', `leaf ${leaf} is read and not opened`);
        copy.set(leaves.subarray(place + within, place + within + count), done);
        done += count;
      }
      return copy;
    },
  };
}
