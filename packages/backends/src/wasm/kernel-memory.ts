import type { KernelExports } from './kernel-module.ts';
import type { WasmMemory } from './web-assembly.ts';

const PAGE_SIZE = 65_536;

/** Cache line: arenas start on one, so that no struct of 16·n bytes straddles more lines than it must. */
const ALIGNMENT = 64;

const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

/** The part of an instance's memory that one kernel call lays its arenas into. It grows and is never given back. */
export class KernelMemory {
  readonly #memory: WasmMemory;
  readonly #base: number;
  #bytes: Uint8Array;

  constructor({ memory, arenaBase }: Pick<KernelExports, 'memory' | 'arenaBase'>) {
    this.#memory = memory;
    this.#base = arenaBase();
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /**
   * Addresses for arenas of the given sizes, valid until the next call.
   * @throws RangeError when the memory cannot grow enough (4 GiB at most)
   */
  place<const Sizes extends readonly number[]>(...sizes: Sizes): { [Index in keyof Sizes]: number } {
    let end = this.#base;
    const addresses = sizes.map((size) => {
      const address = end;
      end = align(end + size);
      return address;
    });
    if (end > this.#bytes.length) this.#grow(end);
    return addresses as { [Index in keyof Sizes]: number };
  }

  #grow(size: number): void {
    try {
      this.#memory.grow(Math.ceil((size - this.#bytes.length) / PAGE_SIZE));
    } catch (cause) {
      throw new RangeError(`arenas: expected to fit WebAssembly memory, got ${size} bytes in all`, { cause });
    }
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /** Copies an arena, or `[start, end)` of it, to `address`. */
  write(address: number, arena: Uint8Array, start = 0, end: number = arena.length): void {
    this.#bytes.set(start === 0 && end === arena.length ? arena : arena.subarray(start, end), address);
  }

  /** Copies back to `[start, end)` of an arena from `address`. */
  read(address: number, arena: Uint8Array, start = 0, end: number = arena.length): void {
    arena.set(this.#bytes.subarray(address, address + end - start), start);
  }
}
