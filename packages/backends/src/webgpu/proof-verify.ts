import { ProofVerifyOp } from '@aivm/core/layout';
import type { ComputeKernel } from './compute-kernel.ts';
import type { OpenDevice } from './open-device.ts';
import { runBatch } from './run-batch.ts';

/** Kernel 6 on a device, on arenas that were checked. `results` is written once everything has arrived. */
export async function proofOnDevice(
  device: OpenDevice,
  kernel: ComputeKernel,
  ops: Uint8Array,
  results: Uint8Array,
): Promise<void> {
  const answer = await runBatch(device, kernel, {
    count: ops.length / ProofVerifyOp.SIZE,
    inputsOf: (first, count) => [
      ops.subarray(first * ProofVerifyOp.SIZE, (first + count) * ProofVerifyOp.SIZE),
    ],
  });
  results.set(answer);
}
