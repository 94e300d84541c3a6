import {
  type ArenaBackend,
  checkAnchorApply,
  checkAttestationApply,
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  checkProvenanceApply,
  type KernelBackend,
} from '@aivm/core/kernels';
import {
  AIVMEpochState,
  AIVMRoundDescriptor,
  AIVMTransitionResult,
  AnchorOp,
  Attestation,
  AttestationOp,
  AuditAnchor,
  InferenceOp,
  InferenceResult,
  InferenceWeights,
  ModelOp,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core/layout';
import { KernelHost } from './kernel-host.ts';
import { compileKernels, compileKernelsAsync, type KernelExports } from './kernel-module.ts';
import type { WasmModule } from './web-assembly.ts';

/** Structs copied at a time: the copies (under 150 KiB) stay in the second-level cache until they are read. */
const PIECE_COUNT = 512;

/**
 * The kernels in WebAssembly, ready at once. Every engine has memory of its own and serves one call at a time. Tables that
 * its `createArena` made are worked on where they lie; everything else is copied in and out.
 * @throws WebAssembly.CompileError where the engine lacks SIMD
 */
export const createWasmBackend = (): ArenaBackend => backendOf(compileKernels());

/** As {@link createWasmBackend}, compiled off the main thread where the platform can. */
export const createWasmBackendAsync = async (): Promise<ArenaBackend> =>
  backendOf(await compileKernelsAsync());

function backendOf(module: WasmModule): ArenaBackend {
  const host = new KernelHost(module);
  return Object.freeze({
    name: 'wasm',
    ...applyKernels(host),
    epochTransition: epochTransitionOf(host),
    inferenceStep: inferenceStepOf(host),
    proofVerify: proofVerifyOf(host),
    createArena: (byteLength: number) => host.createArena(byteLength),
  });
}

type ApplyKernels = Pick<KernelBackend, 'attestationApply' | 'provenanceApply' | 'anchorApply'>;

/** Addresses of one piece of operations, its count, and the table. */
interface Piece {
  readonly desc: number;
  readonly ops: number;
  readonly count: number;
  readonly table: number;
  /** Operations applied in the pieces before. */
  readonly appliedBefore: number;
}

/** Runs `count` ops of `opSize` bytes piece by piece on the table: in place, or on a copy that is copied back if it changed. */
function applyOn(
  host: KernelHost,
  { desc, ops, table }: { desc: Uint8Array; ops: Uint8Array; table: Uint8Array },
  { count, opSize }: { count: number; opSize: number },
  run: (kernels: KernelExports, piece: Piece) => number,
): number {
  if (count === 0 || table.length === 0) return 0;
  const sizes = [desc.length, Math.min(count, PIECE_COUNT) * opSize] as const;
  const owner = host.ownerOf(table);
  const memory = owner?.memory ?? host.memoryFor(...sizes, table.length);
  const [descAt, opsAt, copyAt] = memory.place(...sizes, owner === undefined ? table.length : 0);
  const tableAt = owner?.address ?? copyAt;
  memory.write(descAt, desc);
  if (owner === undefined) memory.write(tableAt, table);
  let applied = 0;
  forEachPiece(count, (first, inPiece) => {
    memory.write(opsAt, ops, first * opSize, (first + inPiece) * opSize);
    applied += run(memory.kernels, {
      desc: descAt,
      ops: opsAt,
      count: inPiece,
      table: tableAt,
      appliedBefore: applied,
    });
  });
  if (owner === undefined && applied > 0) memory.read(tableAt, table);
  return applied;
}

function applyKernels(host: KernelHost): ApplyKernels {
  return {
    attestationApply(desc, ops, attestations) {
      const count = checkAttestationApply(desc, ops, attestations);
      const slots = attestations.length / Attestation.SIZE;
      const size = { count, opSize: AttestationOp.SIZE };
      return applyOn(host, { desc, ops, table: attestations }, size, (kernels, piece) =>
        kernels.attestationApply(piece.desc, piece.ops, piece.count, piece.table, slots),
      );
    },
    provenanceApply(desc, ops, models) {
      const count = checkProvenanceApply(desc, ops, models);
      const slots = models.length / ModelRegistryEntry.SIZE;
      const size = { count, opSize: ModelOp.SIZE };
      return applyOn(host, { desc, ops, table: models }, size, (kernels, piece) =>
        kernels.provenanceApply(piece.ops, piece.count, piece.table, slots),
      );
    },
    anchorApply(desc, ops, anchors) {
      const count = checkAnchorApply(desc, ops, anchors);
      const slots = anchors.length / AuditAnchor.SIZE;
      const size = { count, opSize: AnchorOp.SIZE };
      let cursor: number | undefined;
      return applyOn(host, { desc, ops, table: anchors }, size, (kernels, piece) => {
        cursor ??= kernels.anchorCursor(piece.table, slots);
        return kernels.anchorApply(piece.ops, piece.count, piece.table, slots, cursor + piece.appliedBefore);
      });
    },
  };
}

/** Calls `run` for every piece of at most PIECE_COUNT structs with its first index and its count. */
function forEachPiece(count: number, run: (first: number, inPiece: number) => void): void {
  for (let first = 0; first < count; first += PIECE_COUNT) run(first, Math.min(PIECE_COUNT, count - first));
}

function epochTransitionOf(host: KernelHost): KernelBackend['epochTransition'] {
  const pieceSize = PIECE_COUNT * Math.max(Attestation.SIZE, ModelRegistryEntry.SIZE, AuditAnchor.SIZE);
  return (desc, attestations, models, anchors, epoch, result) => {
    checkEpochTransition(desc, attestations, models, anchors, epoch, result);
    const sizes = [
      AIVMRoundDescriptor.SIZE,
      AIVMEpochState.SIZE,
      AIVMTransitionResult.SIZE,
      pieceSize,
    ] as const;
    const memory = host.memoryFor(...sizes);
    const { kernels } = memory;
    const [descAt, epochAt, resultAt, pieceAt] = memory.place(...sizes);
    memory.write(descAt, desc);
    memory.write(epochAt, epoch);
    memory.write(resultAt, result);
    kernels.epochBegin(descAt);
    const walk = (table: Uint8Array, size: number, run: (count: number, first: number) => number): void =>
      forEachPiece(table.length / size, (first, count) => {
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

function inferenceStepOf(host: KernelHost): KernelBackend['inferenceStep'] {
  return (weights, ops, inputs, outputs, results) => {
    const opCount = checkInferenceStep(weights, ops, inputs, outputs, results);
    if (opCount === 0) return;
    const sizes = [
      InferenceWeights.SIZE,
      inputs.length,
      outputs.length,
      PIECE_COUNT * InferenceOp.SIZE,
      PIECE_COUNT * InferenceResult.SIZE,
    ] as const;
    const memory = host.memoryFor(...sizes);
    const { kernels } = memory;
    const [weightsAt, inputsAt, outputsAt, opsAt, resultsAt] = memory.place(...sizes);
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

function proofVerifyOf(host: KernelHost): KernelBackend['proofVerify'] {
  return (ops, results) => {
    const opCount = checkProofVerify(ops, results);
    const sizes = [PIECE_COUNT * ProofVerifyOp.SIZE, PIECE_COUNT * ProofVerifyResult.SIZE] as const;
    const memory = host.memoryFor(...sizes);
    const { kernels } = memory;
    const [opsAt, resultsAt] = memory.place(...sizes);
    forEachPiece(opCount, (first, count) => {
      const end = first + count;
      memory.write(opsAt, ops, first * ProofVerifyOp.SIZE, end * ProofVerifyOp.SIZE);
      kernels.proofVerify(opsAt, count, resultsAt);
      memory.read(resultsAt, results, first * ProofVerifyResult.SIZE, end * ProofVerifyResult.SIZE);
    });
  };
}
