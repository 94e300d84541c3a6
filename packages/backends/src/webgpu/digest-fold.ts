import { keccak256 } from '@aivm/core/crypto';
import { KernelMemory } from '../wasm/kernel-memory.ts';
import { instantiateKernelsAsync } from '../wasm/kernel-module.ts';
import { platformWebAssembly } from '../wasm/web-assembly.ts';
import { DIGEST_SIZE } from './leaf-wgsl.ts';

/** A commitment over digests in order: `acc = hash(acc ‖ digest)`, from 32 zeros. */
export type DigestFold = (digests: Uint8Array, isIncluded: (index: number) => boolean) => Uint8Array;

/** Digests copied at a time. */
const PIECE_COUNT = 4096;

/** The fold on the fastest engine of this program. Its steps depend on each other, so that no device can help. */
export async function createDigestFold(): Promise<DigestFold> {
  if (platformWebAssembly() === undefined) return foldPlainly;
  try {
    const kernels = await instantiateKernelsAsync();
    return createWasmFold(kernels, new KernelMemory(kernels));
  } catch {
    // No SIMD here: the same digests, more slowly.
    return foldPlainly;
  }
}

/** The same fold in TypeScript. */
const foldPlainly: DigestFold = (digests, isIncluded) => {
  const pair = new Uint8Array(2 * DIGEST_SIZE);
  for (let index = 0; index * DIGEST_SIZE < digests.length; index++) {
    if (!isIncluded(index)) continue;
    pair.set(digests.subarray(index * DIGEST_SIZE, (index + 1) * DIGEST_SIZE), DIGEST_SIZE);
    pair.set(keccak256(pair), 0);
  }
  return pair.slice(0, DIGEST_SIZE);
};

function createWasmFold(
  { keccak256: hash }: Awaited<ReturnType<typeof instantiateKernelsAsync>>,
  memory: KernelMemory,
): DigestFold {
  return (digests, isIncluded) => {
    const total = digests.length / DIGEST_SIZE;
    const root = new Uint8Array(DIGEST_SIZE);
    for (let first = 0; first < total; first += PIECE_COUNT) {
      const end = Math.min(first + PIECE_COUNT, total);
      const [base] = memory.place((end - first + 1) * DIGEST_SIZE);
      memory.write(base, root);
      // acc lies right before the next digest, and its successor is written over that digest: nothing is copied.
      let acc = base;
      let runStart = first;
      let digestAt = base + DIGEST_SIZE;
      const flush = (runEnd: number): void => {
        memory.write(digestAt, digests, runStart * DIGEST_SIZE, runEnd * DIGEST_SIZE);
        digestAt += (runEnd - runStart) * DIGEST_SIZE;
      };
      for (let index = first; index < end; index++) {
        if (isIncluded(index)) continue;
        if (index > runStart) flush(index);
        runStart = index + 1;
      }
      if (end > runStart) flush(end);
      for (; acc + DIGEST_SIZE < digestAt; acc += DIGEST_SIZE) hash(acc, 2 * DIGEST_SIZE, acc + DIGEST_SIZE);
      memory.read(acc, root);
    }
    return root;
  };
}
