import {
  AIVMEpochState,
  AIVMRoundDescriptor,
  AIVMTransitionResult,
  AnchorOp,
  Attestation,
  AttestationOp,
  AuditAnchor,
  checkAnchorApply,
  checkAttestationApply,
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  checkProvenanceApply,
  InferenceOp,
  InferenceResult,
  InferenceWeights,
  type KernelBackend,
  ModelOp,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core';
import { KernelMemory } from './kernel-memory.ts';
import { instantiateKernels, instantiateKernelsAsync, type KernelExports } from './kernel-module.ts';

/** Structs copied at a time: the copies (under 150 KiB) stay in the second-level cache until they are read. */
const PIECE_COUNT = 512;

/**
 * The kernels in WebAssembly, ready at once. Every instance has memory of its own and serves one call at a time.
 * @throws WebAssembly.CompileError where the engine lacks SIMD
 */
export const createWasmBackend = (): KernelBackend => backendOf(instantiateKernels());

/** As {@link createWasmBackend}, for the main thread of a browser, which may not compile this module synchronously. */
export const createWasmBackendAsync = async (): Promise<KernelBackend> =>
  backendOf(await instantiateKernelsAsync());

function backendOf(kernels: KernelExports): KernelBackend {
  const memory = new KernelMemory(kernels);
  return Object.freeze({
    name: 'wasm',
    ...applyKernels(kernels, memory),
    epochTransition: epochTransitionOf(kernels, memory),
    inferenceStep: inferenceStepOf(kernels, memory),
    proofVerify: proofVerifyOf(kernels, memory),
  });
}

type ApplyKernels = Pick<KernelBackend, 'attestationApply' | 'provenanceApply' | 'anchorApply'>;

function applyKernels(kernels: KernelExports, memory: KernelMemory): ApplyKernels {
  /** Places desc and table, runs `count` ops of `opSize` bytes piece by piece, copies the table back if it changed. */
  const applyOn = (
    { desc, ops, table }: { desc: Uint8Array; ops: Uint8Array; table: Uint8Array },
    { count, opSize, pieceCount }: { count: number; opSize: number; pieceCount: number },
    run: (desc: number, ops: number, count: number, table: number) => number,
  ): number => {
    if (count === 0 || table.length === 0) return 0;
    const [descAt, opsAt, tableAt] = memory.place(
      desc.length,
      Math.min(count, pieceCount) * opSize,
      table.length,
    );
    memory.write(descAt, desc);
    memory.write(tableAt, table);
    let applied = 0;
    forEachPiece(count, pieceCount, (first, inPiece) => {
      memory.write(opsAt, ops, first * opSize, (first + inPiece) * opSize);
      applied += run(descAt, opsAt, inPiece, tableAt);
    });
    if (applied > 0) memory.read(tableAt, table);
    return applied;
  };
  return {
    attestationApply(desc, ops, attestations) {
      const count = checkAttestationApply(desc, ops, attestations);
      const slots = attestations.length / Attestation.SIZE;
      const size = { count, opSize: AttestationOp.SIZE, pieceCount: PIECE_COUNT };
      return applyOn({ desc, ops, table: attestations }, size, (descAt, opsAt, opCount, tableAt) =>
        kernels.attestationApply(descAt, opsAt, opCount, tableAt, slots),
      );
    },
    provenanceApply(desc, ops, models) {
      const count = checkProvenanceApply(desc, ops, models);
      const slots = models.length / ModelRegistryEntry.SIZE;
      const size = { count, opSize: ModelOp.SIZE, pieceCount: PIECE_COUNT };
      return applyOn({ desc, ops, table: models }, size, (_, opsAt, opCount, tableAt) =>
        kernels.provenanceApply(opsAt, opCount, tableAt, slots),
      );
    },
    anchorApply(desc, ops, anchors) {
      const count = checkAnchorApply(desc, ops, anchors);
      const slots = anchors.length / AuditAnchor.SIZE;
      // All ops in one piece: every call looks for the first free slot again.
      const size = { count, opSize: AnchorOp.SIZE, pieceCount: count };
      return applyOn({ desc, ops, table: anchors }, size, (_, opsAt, opCount, tableAt) =>
        kernels.anchorApply(opsAt, opCount, tableAt, slots),
      );
    },
  };
}

/** Calls `run` for every piece of at most `pieceCount` structs with its first index and its count. */
function forEachPiece(
  count: number,
  pieceCount: number,
  run: (first: number, inPiece: number) => void,
): void {
  for (let first = 0; first < count; first += pieceCount) run(first, Math.min(pieceCount, count - first));
}

function epochTransitionOf(kernels: KernelExports, memory: KernelMemory): KernelBackend['epochTransition'] {
  const pieceSize = PIECE_COUNT * Math.max(Attestation.SIZE, ModelRegistryEntry.SIZE, AuditAnchor.SIZE);
  return (desc, attestations, models, anchors, epoch, result) => {
    checkEpochTransition(desc, attestations, models, anchors, epoch, result);
    const [descAt, epochAt, resultAt, pieceAt] = memory.place(
      AIVMRoundDescriptor.SIZE,
      AIVMEpochState.SIZE,
      AIVMTransitionResult.SIZE,
      pieceSize,
    );
    memory.write(descAt, desc);
    memory.write(epochAt, epoch);
    memory.write(resultAt, result);
    kernels.epochBegin(descAt);
    const walk = (table: Uint8Array, size: number, run: (count: number, first: number) => number): void =>
      forEachPiece(table.length / size, PIECE_COUNT, (first, count) => {
        const [start, end] = [first * size, (first + count) * size];
        memory.write(pieceAt, table, start, end);
        if (run(count, first) === 1) memory.read(pieceAt, table, start, end);
      });
    walk(attestations, Attestation.SIZE, (count, first) => kernels.epochAttestations(pieceAt, count, first));
    walk(models, ModelRegistryEntry.SIZE, (count, first) => {
      kernels.epochModels(pieceAt, count, first);
      return 0;
    });
    walk(anchors, AuditAnchor.SIZE, (count, first) => {
      kernels.epochAnchors(pieceAt, count, first);
      return 0;
    });
    kernels.epochFinish(descAt, epochAt, resultAt);
    memory.read(epochAt, epoch);
    memory.read(resultAt, result);
  };
}

function inferenceStepOf(kernels: KernelExports, memory: KernelMemory): KernelBackend['inferenceStep'] {
  return (weights, ops, inputs, outputs, results) => {
    const opCount = checkInferenceStep(weights, ops, inputs, outputs, results);
    if (opCount === 0) return;
    const [weightsAt, inputsAt, outputsAt, opsAt, resultsAt] = memory.place(
      InferenceWeights.SIZE,
      inputs.length,
      outputs.length,
      PIECE_COUNT * InferenceOp.SIZE,
      PIECE_COUNT * InferenceResult.SIZE,
    );
    memory.write(weightsAt, weights);
    memory.write(inputsAt, inputs);
    memory.write(outputsAt, outputs);
    kernels.inferenceBegin(weightsAt);
    forEachPiece(opCount, PIECE_COUNT, (first, count) => {
      const end = first + count;
      memory.write(opsAt, ops, first * InferenceOp.SIZE, end * InferenceOp.SIZE);
      kernels.inferenceOps(opsAt, count, inputsAt, outputsAt, resultsAt);
      kernels.inferenceFinish();
      memory.read(resultsAt, results, first * InferenceResult.SIZE, end * InferenceResult.SIZE);
    });
    memory.read(outputsAt, outputs);
  };
}

function proofVerifyOf(kernels: KernelExports, memory: KernelMemory): KernelBackend['proofVerify'] {
  return (ops, results) => {
    const opCount = checkProofVerify(ops, results);
    const [opsAt, resultsAt] = memory.place(
      PIECE_COUNT * ProofVerifyOp.SIZE,
      PIECE_COUNT * ProofVerifyResult.SIZE,
    );
    forEachPiece(opCount, PIECE_COUNT, (first, count) => {
      const end = first + count;
      memory.write(opsAt, ops, first * ProofVerifyOp.SIZE, end * ProofVerifyOp.SIZE);
      kernels.proofVerify(opsAt, count, resultsAt);
      memory.read(resultsAt, results, first * ProofVerifyResult.SIZE, end * ProofVerifyResult.SIZE);
    });
  };
}
