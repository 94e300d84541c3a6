import type { KernelExports } from './kernel-module.ts';

/** Cache line: arenas start on one, so that no struct of 16·n bytes straddles more lines than it must. */
const ALIGNMENT = 64;

/** The next cache line at or after `offset`. */
export const alignToLine = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

/**
 * The memory of one instance: an arena that a caller may hold, then scratch space that each call lays copies into. It never
 * grows. Growing would detach every view of it, and once a program has detached one buffer, V8 checks for that on every
 * access to any typed array: measured, hashing in JavaScript takes 1.7 times as long from then on.
 */
export class KernelMemory {
  readonly kernels: KernelExports;
  readonly #bytes: Uint8Array;
  readonly #arenaStart: number;
  readonly #arenaEnd: number;

  constructor(kernels: KernelExports, arenaSize = 0) {
    this.kernels = kernels;
    this.#bytes = new Uint8Array(kernels.memory.buffer);
    this.#arenaStart = kernels.arenaBase();
    this.#arenaEnd = this.#arenaStart + arenaSize;
  }

  /** The arena, as one view. */
  arena(): Uint8Array {
    return this.#bytes.subarray(this.#arenaStart, this.#arenaEnd);
  }

  /** Address of a view that lies in this memory's arena; undefined of any other, which has to be copied. */
  addressOf(view: Uint8Array): number | undefined {
    const isInside =
      view.buffer === this.#bytes.buffer &&
      view.byteOffset >= this.#arenaStart &&
      view.byteOffset + view.length <= this.#arenaEnd;
    return isInside ? view.byteOffset : undefined;
  }

  /** Scratch space in bytes. */
  get capacity(): number {
    return this.#bytes.length - alignToLine(this.#arenaEnd);
  }

  /**
   * Addresses for copies of the given sizes, valid until the next call.
   * @throws RangeError when they do not fit
   */
  place<const Sizes extends readonly number[]>(...sizes: Sizes): { [Index in keyof Sizes]: number } {
    let end = alignToLine(this.#arenaEnd);
    const addresses = sizes.map((size) => {
      const address = end;
      end = alignToLine(end + size);
      return address;
    });
    if (end > this.#bytes.length) {
      throw new RangeError(`sizes: expected ${this.capacity} bytes at most in all, got ${sizes.join(' + ')}`);
    }
    return addresses as { [Index in keyof Sizes]: number };
  }

  /** Copies an arena, or `[start, end)` of it, to `address`. */
  write(address: number, arena: Uint8Array, start = 0, end: number = arena.length): void {
    this.#bytes.set(start === 0 && end === arena.length ? arena : arena.subarray(start, end), address);
  }

  /** A copy of `size` bytes from `address`. */
  copy(address: number, size: number): Uint8Array {
    return this.#bytes.slice(address, address + size);
  }

  /** Copies back to `[start, end)` of an arena from `address`. */
  read(address: number, arena: Uint8Array, start = 0, end: number = arena.length): void {
    arena.set(this.#bytes.subarray(address, address + end - start), start);
  }
}
