import { equalBytes } from '@aivm/core/bytes';
import type { KernelBackend } from '@aivm/core/kernels';
import {
  AIVMRoundDescriptor,
  Attestation,
  AuditAnchor,
  InferenceOp,
  InferenceResult,
  InferenceWeights,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core/layout';
import type { AsyncKernelBackend } from '../engine/async-kernel-backend.ts';
import { WebGPUUnavailableError } from './webgpu-errors.ts';

/** Structs per kernel: more than one subgroup of any GPU, so that lanes are seen to keep apart. */
const COUNT = 130;

/** Fixed bytes in which no two words are alike. */
function patterned(size: number, count: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size * count);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + seed, 0x9e3779b1) >>> 24;
  return bytes;
}

interface CheckedCall {
  readonly kernel: 'inferenceStep' | 'proofVerify' | 'epochTransition';
  readonly createArenas: () => Uint8Array[];
}

function inferenceArenas(): Uint8Array[] {
  const weights = patterned(InferenceWeights.SIZE, 1, 1);
  weights[InferenceWeights.fields.Shift1.offset] = 9;
  weights[InferenceWeights.fields.Shift2.offset] = 6;
  const ops = patterned(InferenceOp.SIZE, COUNT, 2);
  for (let index = 0; index < COUNT; index++) {
    const op = InferenceOp.at(ops, index);
    if (index % 16 !== 5) op.ModelHash = InferenceWeights.at(weights).ModelHash;
    op.Mode = index % 3;
    op.InputOffset = (index * 37) % (32 * COUNT - 31);
    op.InputLen = index % 16 === 9 ? 31 : 32;
    op.OutputOffset = index >> 1;
    op.OutputCapacity = 1;
  }
  const outputs = new Uint8Array(COUNT);
  return [weights, ops, patterned(32, COUNT, 3), outputs, patterned(InferenceResult.SIZE, COUNT, 4)];
}

function epochArenas(): Uint8Array[] {
  const desc = AIVMRoundDescriptor.create({ TimestampNS: 0x8000_0000_0000_0000n, Epoch: 6n, ClosingFlag: 1 });
  return [
    desc.bytes,
    patterned(Attestation.SIZE, COUNT, 5),
    patterned(ModelRegistryEntry.SIZE, COUNT, 6),
    patterned(AuditAnchor.SIZE, COUNT, 7),
    new Uint8Array(160),
    new Uint8Array(192),
  ];
}

const CALLS: readonly CheckedCall[] = [
  { kernel: 'inferenceStep', createArenas: inferenceArenas },
  {
    kernel: 'proofVerify',
    createArenas: () => [
      patterned(ProofVerifyOp.SIZE, COUNT, 8),
      patterned(ProofVerifyResult.SIZE, COUNT, 9),
    ],
  },
  { kernel: 'epochTransition', createArenas: epochArenas },
];

/**
 * Runs each device kernel once beside the CPU: a device that opens is not yet one that computes.
 * @throws WebGPUUnavailableError `wrong_answer` when a byte differs; WebGPUCallError when a call fails
 */
export async function assertAnswersAlike(engine: AsyncKernelBackend, cpu: KernelBackend): Promise<void> {
  for (const { kernel, createArenas } of CALLS) {
    const [actual, expected] = [createArenas(), createArenas()];
    await (engine[kernel] as (...arenas: Uint8Array[]) => Promise<void>)(...actual);
    (cpu[kernel] as (...arenas: Uint8Array[]) => void).apply(cpu, expected);
    if (actual.some((arena, place) => !equalBytes(arena, expected[place] as Uint8Array))) {
      throw new WebGPUUnavailableError('wrong_answer', `the device answers ${kernel} otherwise than the CPU`);
    }
  }
}
