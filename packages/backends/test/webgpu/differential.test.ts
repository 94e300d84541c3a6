import { afterAll, describe, expect, test } from 'vitest';
import { createRandomCall } from '../plugin/random-call.ts';
import { differenceOf, openEngine, tryEngine } from './engine.ts';
import { epochBatch, inferenceBatch, proofBatch } from './random-batch.ts';

/** AIVM_WEBGPU_CASES sets how many ops and slots go through each device kernel, AIVM_FUZZ_SEED the first seed. */
const CASES = Number(process.env.AIVM_WEBGPU_CASES ?? 4_000);
const FIRST_SEED = Number(process.env.AIVM_FUZZ_SEED ?? 1);
/** Structs per call: not a multiple of anything. */
const BATCH_COUNT = 1_999;

const { engine, reason } = await tryEngine();

describe.skipIf(engine === undefined)(`WebGPU answers as the reference does (${reason})`, () => {
  afterAll(() => engine?.close());

  test.each([
    ['inferenceStep', inferenceBatch, 1],
    ['proofVerify', proofBatch, 1],
    ['epochTransition', epochBatch, 3],
  ] as const)('%s in large calls', { timeout: 3_600_000 }, async (_, create, tables) => {
    for (let seed = FIRST_SEED, left = CASES; left > 0; seed++, left -= BATCH_COUNT * tables) {
      const { arenas, run } = create(seed, BATCH_COUNT);
      expect({ seed, difference: await differenceOf(engine!, arenas, run) }).toEqual({ seed });
    }
  });

  test('random small calls of all kernels, refused ones included', { timeout: 3_600_000 }, async () => {
    const calls = Math.ceil(CASES / 20);
    for (let seed = FIRST_SEED; seed < FIRST_SEED + calls; seed++) {
      const { arenas, run } = createRandomCall(seed);
      expect({ seed, difference: await differenceOf(engine!, arenas, run) }).toEqual({ seed });
    }
  });

  test.each([1, 63, 64, 65, 1000])('in chunks of %i', async (chunkCountMax) => {
    const small = await openEngine({ chunkCountMax });
    const count = 3 * chunkCountMax + 1;
    for (const create of [inferenceBatch, proofBatch, epochBatch]) {
      // Two seeds: the tables of one may be empty.
      for (const seed of [chunkCountMax, chunkCountMax + 1]) {
        const { arenas, run } = create(seed, count);
        expect({ seed, difference: await differenceOf(small, arenas, run) }).toEqual({ seed });
      }
    }
    small.close();
  });

  test('calls that overlap', async () => {
    const batches = Array.from({ length: 30 }, (_, seed) =>
      [inferenceBatch, proofBatch, epochBatch][seed % 3]!(seed + 1, 100 + seed),
    );
    const differences = await Promise.all(
      batches.map(({ arenas, run }) => differenceOf(engine!, arenas, run)),
    );
    expect(differences).toEqual(batches.map(() => undefined));
  });

  test('arenas that start at odd addresses, or lie in shared memory', async () => {
    const { arenas, run } = inferenceBatch(7, 100);
    const moved = (bytes: Uint8Array, memory: ArrayBufferLike): Uint8Array => {
      const view = new Uint8Array(memory, 3, bytes.length);
      view.set(bytes);
      return view;
    };
    const runMoved = (create: (size: number) => ArrayBufferLike): typeof run => {
      return async (backend, copies) => {
        const views = copies.map((bytes) => moved(bytes, create(bytes.length + 8)));
        await run(backend, views);
        copies.forEach((bytes, place) => {
          bytes.set(views[place]!);
        });
      };
    };
    expect(
      await differenceOf(
        engine!,
        arenas,
        runMoved((size) => new ArrayBuffer(size)),
      ),
    ).toBeUndefined();
    expect(
      await differenceOf(
        engine!,
        arenas,
        runMoved((size) => new SharedArrayBuffer(size)),
      ),
    ).toBeUndefined();
  });
});

test('random batches reach every status and both kinds of slots', () => {
  const { arenas, run } = inferenceBatch(1, 500);
  const statuses = new Set<number>();
  const seen = { inferenceStep: (...all: Uint8Array[]) => all } as never;
  expect(run(seen, arenas)).toHaveLength(5);
  for (let at = 0; at < arenas[1]!.length; at += 144) statuses.add(arenas[1]![at + 104]!);
  expect(statuses.size).toBeGreaterThan(5);
  const tables = Array.from({ length: 8 }, (_, seed) => epochBatch(seed + 1, 50).arenas[1]!);
  const occupied = tables.map(
    (table) =>
      Array.from({ length: 50 }, (_, slot) => table[slot * 144 + 136]!).filter((byte) => byte > 0).length,
  );
  expect(Math.min(...occupied)).toBeLessThan(10);
  expect(Math.max(...occupied)).toBe(50);
});
