import { alignToLine, KernelMemory } from './kernel-memory.ts';
import { instantiateModule } from './kernel-module.ts';
import type { WasmModule } from './web-assembly.ts';

/** Scratch space beside an arena, and what a host starts with: a descriptor and a piece of every arena of a call. */
const SCRATCH_SIZE = 2 ** 18;

/** Smaller arenas come from the ordinary heap: copying them costs less than an instance does. */
const ARENA_SIZE_MIN = 2 ** 20;

/** Past this, a replaced memory is exactly as large as needed. */
const CAPACITY_STEP_MAX = 2 ** 28;

/**
 * The instances of one engine: one for calls over ordinary arenas, replaced by a larger one when a call needs more, and
 * one per arena that was made here, which lives as long as the arena does.
 */
export class KernelHost {
  readonly #module: WasmModule;
  readonly #owners = new WeakMap<ArrayBufferLike, KernelMemory>();
  #shared: KernelMemory;

  constructor(module: WasmModule) {
    this.#module = module;
    this.#shared = this.#instantiate(0, SCRATCH_SIZE);
  }

  #instantiate(arenaSize: number, scratchSize: number): KernelMemory {
    const capacity = alignToLine(arenaSize) + scratchSize;
    return new KernelMemory(instantiateModule(this.#module, capacity), arenaSize);
  }

  /**
   * Zeroed bytes, in a memory in which the table kernels work in place if that pays. No use of them can go wrong: a view
   * stays valid as long as it is held, and calls see which views are theirs and copy all others.
   * @throws RangeError unless `byteLength` is an integer of at least 0 and the machine has that much memory
   */
  createArena(byteLength: number): Uint8Array {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new RangeError(`byteLength: expected an integer of at least 0, got ${byteLength}`);
    }
    if (byteLength < ARENA_SIZE_MIN) return new Uint8Array(byteLength);
    try {
      const memory = this.#instantiate(byteLength, SCRATCH_SIZE);
      this.#owners.set(memory.kernels.memory.buffer, memory);
      return memory.arena();
    } catch (error) {
      // Engines bound the address space of all WebAssembly memories together. Ordinary memory is only slower.
      if (error instanceof RangeError) return new Uint8Array(byteLength);
      throw error;
    }
  }

  /** The memory to work on `table` in place, if it is an arena, or part of one, that was made here. */
  ownerOf(table: Uint8Array): { readonly memory: KernelMemory; readonly address: number } | undefined {
    const memory = this.#owners.get(table.buffer);
    const address = memory?.addressOf(table);
    return memory === undefined || address === undefined ? undefined : { memory, address };
  }

  /**
   * The memory for a call over ordinary arenas, with scratch space for the given sizes.
   * @throws RangeError when the machine has not that much (4 GiB at most)
   */
  memoryFor(...sizes: readonly number[]): KernelMemory {
    const size = sizes.reduce((sum, part) => sum + alignToLine(part), 0);
    const { capacity } = this.#shared;
    // At least twice as much, so that slowly growing calls do not need a new instance each time.
    if (size > capacity)
      this.#shared = this.#instantiate(0, Math.max(size, Math.min(2 * capacity, CAPACITY_STEP_MAX)));
    return this.#shared;
  }
}
