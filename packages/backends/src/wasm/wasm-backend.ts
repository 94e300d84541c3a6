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
  /** Places desc, the ops that run and the table; runs; copies the table back. */
  const applyOn = (
    { desc, ops, table }: { desc: Uint8Array; ops: Uint8Array; table: Uint8Array },
    opsSize: number,
    run: (desc: number, ops: number, table: number) => number,
  ): number => {
    if (opsSize === 0 || table.length === 0) return 0;
    const [descAt, opsAt, tableAt] = memory.place(desc.length, opsSize, table.length);
    memory.write(descAt, desc);
    memory.write(opsAt, ops, 0, opsSize);
    memory.write(tableAt, table);
    const applied = run(descAt, opsAt, tableAt);
    if (applied > 0) memory.read(tableAt, table);
    return applied;
  };
  return {
    attestationApply(desc, ops, attestations) {
      const count = checkAttestationApply(desc, ops, attestations);
      const slots = attestations.length / Attestation.SIZE;
      return applyOn({ desc, ops, table: attestations }, count * AttestationOp.SIZE, (descAt, opsAt, tableAt) =>
        kernels.attestationApply(descAt, opsAt, count, tableAt, slots),
      );
    },
    provenanceApply(desc, ops, models) {
      const count = checkProvenanceApply(desc, ops, models);
      const slots = models.length / ModelRegistryEntry.SIZE;
      return applyOn({ desc, ops, table: models }, count * ModelOp.SIZE, (_, opsAt, tableAt) =>
        kernels.provenanceApply(opsAt, count, tableAt, slots),
      );
    },
    anchorApply(desc, ops, anchors) {
      const count = checkAnchorApply(desc, ops, anchors);
      const slots = anchors.length / AuditAnchor.SIZE;
      return applyOn({ desc, ops, table: anchors }, count * AnchorOp.SIZE, (_, opsAt, tableAt) =>
        kernels.anchorApply(opsAt, count, tableAt, slots),
      );
    },
  };
}

/** Calls `run` for every piece of at most PIECE_COUNT structs with its first index and its count. */
function forEachPiece(count: number, run: (first: number, pieceCount: number) => void): void {
  for (let first = 0; first < count; first += PIECE_COUNT) run(first, Math.min(PIECE_COUNT, count - first));
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
    const walk = (table: Uint8Array, size: number, run: (count: number, first: number) => number | void): void =>
      forEachPiece(table.length / size, (first, count) => {
        const [start, end] = [first * size, (first + count) * size];
        memory.write(pieceAt, table, start, end);
        if (run(count, first) === 1) memory.read(pieceAt, table, start, end);
      });
    walk(attestations, Attestation.SIZE, (count, first) => kernels.epochAttestations(pieceAt, count, first));
    walk(models, ModelRegistryEntry.SIZE, (count, first) => kernels.epochModels(pieceAt, count, first));
    walk(anchors, AuditAnchor.SIZE, (count, first) => kernels.epochAnchors(pieceAt, count, first));
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
    forEachPiece(opCount, (first, count) => {
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
    forEachPiece(opCount, (first, count) => {
      const end = first + count;
      memory.write(opsAt, ops, first * ProofVerifyOp.SIZE, end * ProofVerifyOp.SIZE);
      kernels.proofVerify(opsAt, count, resultsAt);
      memory.read(resultsAt, results, first * ProofVerifyResult.SIZE, end * ProofVerifyResult.SIZE);
    });
  };
}
