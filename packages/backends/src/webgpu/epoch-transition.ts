import { AIVMRoundDescriptor, Attestation, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import type { ComputeKernel } from './compute-kernel.ts';
import type { DigestFold } from './digest-fold.ts';
import type { EpochArenas, TableRoot } from './epoch-arenas.ts';
import { expireAttestations, writeEpochOutcome } from './epoch-outcome.ts';
import { u64At, viewOf } from './host-words.ts';
import type { OpenDevice } from './open-device.ts';
import { runBatch } from './run-batch.ts';

/** The leaf kernels, one per table. */
export interface LeafKernels {
  readonly attestations: ComputeKernel;
  readonly models: ComputeKernel;
  readonly anchors: ComputeKernel;
}

const TABLES = {
  attestations: { slotSize: Attestation.SIZE, occupied: Attestation.fields.Occupied.offset },
  models: { slotSize: ModelRegistryEntry.SIZE, occupied: ModelRegistryEntry.fields.Occupied.offset },
  anchors: { slotSize: AuditAnchor.SIZE, occupied: AuditAnchor.fields.Occupied.offset },
} as const;

/**
 * Kernel 4 with its leaves hashed by a device, all three tables at once, and each folded here as soon as it is there.
 * `attestations`, `epoch` and `result` are written once everything has arrived.
 */
export async function epochOnDevice(
  device: OpenDevice,
  { kernels, fold }: { kernels: LeafKernels; fold: DigestFold },
  arenas: EpochArenas,
): Promise<void> {
  const now = u64At(arenas.desc, AIVMRoundDescriptor.fields.TimestampNS.offset);
  const rootOf = async (name: keyof typeof TABLES): Promise<TableRoot> => {
    const { slotSize, occupied } = TABLES[name];
    const table = arenas[name];
    const digests = await runBatch(device, kernels[name], {
      count: table.length / slotSize,
      now,
      inputsOf: (first, count) => [table.subarray(first * slotSize, (first + count) * slotSize)],
    });
    const view = viewOf(table);
    let count = 0;
    const root = fold(digests, (slot) => {
      const isOccupied = view.getUint32(slot * slotSize + occupied, true) !== 0;
      if (isOccupied) count++;
      return isOccupied;
    });
    return { root, count };
  };
  // Settled, not just failed: no table may be under way when the caller gets its arenas back.
  const roots = await Promise.allSettled([rootOf('attestations'), rootOf('models'), rootOf('anchors')]);
  const [attested, registered, anchored] = roots.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  }) as [TableRoot, TableRoot, TableRoot];
  writeEpochOutcome(arenas, { attested, registered, anchored }, expireAttestations(arenas));
}
