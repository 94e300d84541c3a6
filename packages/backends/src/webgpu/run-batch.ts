import type { ComputeKernel } from './compute-kernel.ts';
import type { OpenDevice } from './open-device.ts';

/** All structs of one kernel call. */
export interface Batch {
  readonly count: number;
  readonly now?: readonly [number, number];
  readonly shared?: Uint8Array;
  /** The inputs' structs `first … first + count`. Called once per chunk, in order. */
  readonly inputsOf: (first: number, count: number) => readonly Uint8Array[];
}

const NO_SHARED = new Uint8Array(0);

/**
 * Runs a batch chunk by chunk and gives the results of all of it. Two chunks are under way at a time.
 * @throws WebGPUCallError; by then no chunk is under way any more
 */
export async function runBatch(
  { explain, assertOpen }: OpenDevice,
  { slots, chunkCount, resultSize }: ComputeKernel,
  { count, now = [0, 0], shared = NO_SHARED, inputsOf }: Batch,
): Promise<Uint8Array> {
  const results = new Uint8Array(count * resultSize);
  const pending: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
  try {
    for (let first = 0, turn = 0; first < count; first += chunkCount, turn = 1 - turn) {
      const place = turn as 0 | 1;
      await pending[place];
      assertOpen();
      const inChunk = Math.min(chunkCount, count - first);
      const chunk = { first, count: inChunk, now, shared, inputs: inputsOf(first, inChunk) };
      const running = slots[place].run(chunk, (bytes) => results.set(bytes, first * resultSize));
      // It is awaited one turn later; until then its failure is not yet looked at, which is no accident.
      running.catch(() => {});
      pending[place] = running;
    }
    await Promise.all(pending);
    assertOpen();
    return results;
  } catch (cause) {
    await Promise.allSettled(pending);
    throw await explain(cause);
  }
}
