import {
  Attestation,
  AuditAnchor,
  InferenceInDim,
  InferenceOp,
  InferenceResult,
  InferenceWeights,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core/layout';
import { type ComputeKernel, createComputeKernel } from './compute-kernel.ts';
import type { LeafKernels } from './epoch-transition.ts';
import { INFERENCE_WGSL } from './inference-wgsl.ts';
import { ANCHOR_LEAF_WGSL, ATTESTATION_LEAF_WGSL, DIGEST_SIZE, MODEL_LEAF_WGSL } from './leaf-wgsl.ts';
import type { OpenDevice } from './open-device.ts';
import { PROOF_WGSL } from './proof-wgsl.ts';

/** Everything that runs on the device. */
export interface DeviceKernels {
  readonly inference: ComputeKernel;
  readonly proof: ComputeKernel;
  readonly leaves: LeafKernels;
}

/**
 * Compiles all kernels for a device, side by side.
 * @throws WebGPUUnavailableError `no_device` when one does not compile
 */
export async function createDeviceKernels(device: OpenDevice, chunkCountMax: number): Promise<DeviceKernels> {
  const leafKernel = (label: string, code: string, slotSize: number): Promise<ComputeKernel> =>
    createComputeKernel(device, {
      label,
      code,
      sharedSize: 0,
      inputSizes: [slotSize],
      resultSize: DIGEST_SIZE,
      chunkCountMax,
    });
  const [inference, proof, attestations, models, anchors] = await Promise.all([
    createComputeKernel(device, {
      label: 'inference_step',
      code: INFERENCE_WGSL,
      sharedSize: InferenceWeights.SIZE,
      inputSizes: [InferenceOp.SIZE, InferenceInDim],
      resultSize: InferenceResult.SIZE,
      chunkCountMax,
    }),
    createComputeKernel(device, {
      label: 'proof_verify',
      code: PROOF_WGSL,
      sharedSize: 0,
      inputSizes: [ProofVerifyOp.SIZE],
      resultSize: ProofVerifyResult.SIZE,
      chunkCountMax,
    }),
    leafKernel('attestation_leaves', ATTESTATION_LEAF_WGSL, Attestation.SIZE),
    leafKernel('model_leaves', MODEL_LEAF_WGSL, ModelRegistryEntry.SIZE),
    leafKernel('anchor_leaves', ANCHOR_LEAF_WGSL, AuditAnchor.SIZE),
  ]);
  return { inference, proof, leaves: { attestations, models, anchors } };
}
