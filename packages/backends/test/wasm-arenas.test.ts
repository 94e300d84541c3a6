import { createWasmBackend, createWasmKeccak256 } from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { createKernelArena, type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { AIVMRoundDescriptor } from '@aivm/core/layout';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createBenchFixtures } from '../src/bench/fixtures.ts';

const MIB = 2 ** 20;
const OPS = 1_500;
const { attestationOps, modelOps, anchorOps } = createBenchFixtures(OPS);
const desc = AIVMRoundDescriptor.create({
  AttestationOpCount: OPS,
  ModelOpCount: OPS,
  AnchorOpCount: OPS,
}).bytes;

const KERNELS: readonly (readonly [string, number, (backend: KernelBackend, table: Uint8Array) => number])[] =
  [
    ['attestationApply', 144, (backend, table) => backend.attestationApply(desc, attestationOps, table)],
    ['provenanceApply', 160, (backend, table) => backend.provenanceApply(desc, modelOps, table)],
    ['anchorApply', 128, (backend, table) => backend.anchorApply(desc, anchorOps, table)],
  ];

/** The least number of slots, a power of two, that makes an arena worth having: over 1 MiB. */
const slots = 8_192;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(KERNELS)('%s', (_, size, run) => {
  test('answers the same in an arena, in a part of one and in ordinary memory', () => {
    const wasm = createWasmBackend();
    const expected = new Uint8Array(slots * size);
    const arena = wasm.createArena(slots * size);
    const whole = wasm.createArena(2 * slots * size);
    const part = whole.subarray(slots * size);
    const ordinary = new Uint8Array(slots * size);
    for (let round = 0; round < 2; round++) {
      const applied = run(referenceBackend, expected);
      for (const table of [arena, part, ordinary]) {
        expect(run(wasm, table)).toBe(applied);
        expect(equalBytes(table, expected)).toBe(true);
      }
    }
    expect(equalBytes(whole.subarray(0, slots * size), new Uint8Array(slots * size))).toBe(true);
  });

  test('copies an arena neither in nor out', () => {
    const wasm = createWasmBackend();
    const arena = wasm.createArena(slots * size);
    let copied = 0;
    const set = Uint8Array.prototype.set;
    vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, from, offset) {
      copied += from.length;
      set.call(this, from, offset);
    });
    run(wasm, arena);
    expect(copied).toBeLessThanOrEqual(96 + OPS * size);
    run(wasm, new Uint8Array(slots * size));
    expect(copied).toBeGreaterThan(2 * slots * size);
  });

  test('works on an arena of another engine by copying', () => {
    const arena = createWasmBackend().createArena(slots * size);
    const expected = new Uint8Array(slots * size);
    run(referenceBackend, expected);
    run(createWasmBackend(), arena);
    expect(equalBytes(arena, expected)).toBe(true);
  });
});

describe('an arena', () => {
  test('is zeroed bytes of the asked length, small or large', () => {
    const wasm = createWasmBackend();
    for (const length of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB]) {
      const arena = wasm.createArena(length);
      expect(arena.length).toBe(length);
      expect(arena.every((byte) => byte === 0)).toBe(true);
    }
    expect(createKernelArena(referenceBackend, 5)).toEqual(new Uint8Array(5));
    expect(createKernelArena(wasm, 2 * MIB).buffer.byteLength).toBeGreaterThan(2 * MIB);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 60])('of %d bytes is refused', (length) => {
    expect(() => createWasmBackend().createArena(length)).toThrow(RangeError);
  });

  test('is ordinary memory where there is no more WebAssembly memory', () => {
    const wasm = createWasmBackend();
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function noMemory() {
      throw new RangeError('could not allocate memory');
    });
    const arena = wasm.createArena(2 * MIB);
    expect(arena.length).toBe(2 * MIB);
    expect(arena.buffer.byteLength).toBe(2 * MIB);
  });

  test('keeps its bytes whatever larger calls the engine serves, for no memory grows', () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    const wasm = createWasmBackend();
    const arena = wasm.createArena(2 * MIB).fill(7);
    for (const length of [4 * MIB, 32 * MIB]) {
      wasm.attestationApply(desc, attestationOps, new Uint8Array(length - (length % 144)));
      wasm.createArena(length);
    }
    const hash = createWasmKeccak256();
    hash(new Uint8Array(3 * MIB));
    hash(new Uint8Array(5 * MIB));
    expect(arena.length).toBe(2 * MIB);
    expect(arena.every((byte) => byte === 7)).toBe(true);
    expect(grow).not.toHaveBeenCalled();
  });

  test('overlaps with other parts of itself as any memory does', () => {
    const arena = createWasmBackend().createArena(2 * MIB - ((2 * MIB) % 144));
    expect(() =>
      createWasmBackend().attestationApply(desc, arena.subarray(0, 288), arena.subarray(144, 432)),
    ).toThrow(/memory shared/);
  });
});
