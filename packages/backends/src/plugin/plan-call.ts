import {
  checkAnchorApply,
  checkAttestationApply,
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  checkProvenanceApply,
  type KernelBackend,
} from '@aivm/core/kernels';
import { Attestation, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import { type CallMemory, cappedDescriptor, createWord } from './call-memory.ts';
import type { NativeArgument } from './native-loader.ts';

/** The six kernels, by method name. */
export type KernelName = Exclude<keyof KernelBackend, 'name'>;

/** A plugin call ready to be made: all arguments checked, all memory in place. */
export interface PlannedCall<Answer> {
  readonly parameters: readonly NativeArgument[];
  /** Takes the result over into the caller's arenas. Called after success only. */
  commit(): Answer;
}

type Plans = {
  readonly [Name in KernelName]: (
    memory: CallMemory,
    ...arenas: Parameters<KernelBackend[Name]>
  ) => PlannedCall<ReturnType<KernelBackend[Name]>>;
};

type ApplyArenas = readonly [desc: Uint8Array, ops: Uint8Array, table: Uint8Array];

function planApply(
  memory: CallMemory,
  [desc, ops, table]: ApplyArenas,
  slotSize: number,
): PlannedCall<number> {
  const written = memory.writable(table);
  const applied = createWord();
  return {
    parameters: [desc, memory.readable(ops), written.bytes, applied.bytes, table.length / slotSize, null],
    commit: () => {
      written.commit();
      return applied.read();
    },
  };
}

/**
 * Turns the arguments of each kernel into those of its C function.
 * @throws TypeError or RangeError that names the argument, as every engine does
 */
export const planCall: Plans = {
  attestationApply(memory, desc, ops, attestations) {
    const opCount = checkAttestationApply(desc, ops, attestations);
    const capped = cappedDescriptor(desc, 'AttestationOpCount', opCount);
    return planApply(memory, [capped, ops, attestations], Attestation.SIZE);
  },
  provenanceApply(memory, desc, ops, models) {
    const opCount = checkProvenanceApply(desc, ops, models);
    return planApply(
      memory,
      [cappedDescriptor(desc, 'ModelOpCount', opCount), ops, models],
      ModelRegistryEntry.SIZE,
    );
  },
  anchorApply(memory, desc, ops, anchors) {
    const opCount = checkAnchorApply(desc, ops, anchors);
    return planApply(
      memory,
      [cappedDescriptor(desc, 'AnchorOpCount', opCount), ops, anchors],
      AuditAnchor.SIZE,
    );
  },
  epochTransition(memory, desc, attestations, models, anchors, epoch, result) {
    checkEpochTransition(desc, attestations, models, anchors, epoch, result);
    const written = [memory.writable(attestations), memory.writable(epoch), memory.writable(result)] as const;
    return {
      parameters: [
        memory.readable(desc),
        written[0].bytes,
        memory.readable(models),
        memory.readable(anchors),
        written[1].bytes,
        written[2].bytes,
        attestations.length / Attestation.SIZE,
        models.length / ModelRegistryEntry.SIZE,
        anchors.length / AuditAnchor.SIZE,
        null,
      ],
      commit: () => {
        for (const arena of written) arena.commit();
      },
    };
  },
  inferenceStep(memory, weights, ops, inputs, outputs, results) {
    const opCount = checkInferenceStep(weights, ops, inputs, outputs, results);
    const written = [memory.writable(outputs), memory.writable(results)] as const;
    return {
      parameters: [
        memory.readable(weights),
        memory.readable(ops),
        memory.readable(inputs),
        written[0].bytes,
        written[1].bytes,
        opCount,
        null,
      ],
      commit: () => {
        for (const arena of written) arena.commit();
      },
    };
  },
  proofVerify(memory, ops, results) {
    const opCount = checkProofVerify(ops, results);
    const written = memory.writable(results);
    return {
      parameters: [memory.readable(ops), written.bytes, opCount, null],
      commit: () => written.commit(),
    };
  },
};
