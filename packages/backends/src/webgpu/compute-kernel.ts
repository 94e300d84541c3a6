import { BatchSlot } from './batch-slot.ts';
import type { ComputeKernelParameters } from './compute-kernel-parameters.ts';
import type { WebGPUDevice } from './gpu-api.ts';
import { WORKGROUP_SIZE } from './kernel-wgsl.ts';
import type { OpenDevice } from './open-device.ts';
import { WebGPUUnavailableError } from './webgpu-errors.ts';

/** A kernel that is ready to be dispatched. */
export interface ComputeKernel extends ComputeKernelParameters {
  /** Most structs of one dispatch: what was asked for, or less where the device holds less. */
  readonly chunkCount: number;
  /** Two sets of buffers: one is filled and read while the device works on the other. */
  readonly slots: readonly [BatchSlot, BatchSlot];
}

function chunkCountOf(
  { limits }: WebGPUDevice,
  { inputSizes, resultSize, chunkCountMax }: ComputeKernelParameters,
): number {
  const sizeMax = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const inBuffers = Math.floor(sizeMax / Math.max(resultSize, ...inputSizes));
  return Math.min(chunkCountMax, inBuffers, limits.maxComputeWorkgroupsPerDimension * WORKGROUP_SIZE);
}

/**
 * Compiles a shader.
 * @throws WebGPUUnavailableError `no_device` when the device cannot run it
 */
export async function createComputeKernel(
  { device, explain }: OpenDevice,
  parameters: ComputeKernelParameters,
): Promise<ComputeKernel> {
  const { label, code } = parameters;
  try {
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label, code });
    const refused = device.popErrorScope();
    const compiling = device.createComputePipelineAsync({
      label,
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    });
    // The shader's own error says more than the pipeline's, so it is asked for first.
    const [shaderError, pipeline] = await Promise.allSettled([refused, compiling]);
    if (shaderError.status === 'fulfilled' && shaderError.value !== null) {
      throw new Error(shaderError.value.message);
    }
    if (pipeline.status === 'rejected') throw pipeline.reason;
    const newSlot = (): BatchSlot => new BatchSlot(device, pipeline.value, parameters);
    return {
      ...parameters,
      chunkCount: chunkCountOf(device, parameters),
      slots: [newSlot(), newSlot()],
    };
  } catch (cause) {
    const { message } = await explain(cause);
    throw new WebGPUUnavailableError('no_device', `kernel ${label} does not compile: ${message}`, { cause });
  }
}
