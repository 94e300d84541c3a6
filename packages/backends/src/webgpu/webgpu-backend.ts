import {
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  type KernelBackend,
  referenceBackend,
} from '@aivm/core/kernels';
import { Attestation, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import { type AsyncKernelBackend, toAsyncKernelBackend } from '../engine/async-kernel-backend.ts';
import { createWasmBackendAsync } from '../wasm/wasm-backend.ts';
import { createDeviceKernels, type DeviceKernels } from './device-kernels.ts';
import { createDigestFold, type DigestFold } from './digest-fold.ts';
import { epochOnDevice } from './epoch-transition.ts';
import type { WebGPU } from './gpu-api.ts';
import { inferenceOnDevice } from './inference-step.ts';
import { type OpenDevice, openDevice } from './open-device.ts';
import { proofOnDevice } from './proof-verify.ts';
import { assertAnswersAlike } from './self-check.ts';
import { GPU_THRESHOLDS, NO_THRESHOLDS, SOFTWARE_THRESHOLDS, type WebGPUThresholds } from './thresholds.ts';
import { WebGPUCallError, WebGPUUnavailableError } from './webgpu-errors.ts';

/** What a WebGPU engine is made of; everything has a default. */
export interface CreateWebGPUBackendParameters {
  /** `navigator.gpu` or the like; by default the browser's, in Node that of the npm package `webgpu`. */
  readonly gpu?: WebGPU;
  /** Runs the table kernels and small batches, and tells whether the device computes rightly; by default WebAssembly. */
  readonly cpu?: KernelBackend;
  /** From which sizes on the device is asked; by default `GPU_THRESHOLDS`, or `SOFTWARE_THRESHOLDS` without a GPU. */
  readonly thresholds?: Partial<WebGPUThresholds>;
  /** Most structs per dispatch, 1 to 2^20; the device's limits may allow fewer. Bounds its memory: 600 bytes each. */
  readonly chunkCountMax?: number;
}

/** An engine on a WebGPU device. Calls may overlap; the device runs them one after the other. */
export interface WebGPUBackend extends AsyncKernelBackend {
  /** What the platform tells about the device. */
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    /** Whether the device is a program on the processor, in place of a GPU. */
    readonly isSoftware: boolean;
  };
  /** Gives the device back. Calls under way and later ones are rejected with code `closed`. Again does nothing. */
  close(): void;
}

/** 14 MiB to 24 MiB per kernel and set of buffers; more per dispatch gains nothing. */
const CHUNK_COUNT_MAX = 65_536;

/**
 * Opens a WebGPU device and compiles the kernels for it: inference, proof verification and the leaves of an epoch. Table
 * kernels and folds depend on their order and stay on the CPU. In a call that the device fails the arenas stay as they
 * were; `createAsyncFallbackBackend` then lets the CPU answer.
 *
 * @throws WebGPUUnavailableError whose code says why there is no engine: a normal state of a machine
 * @throws RangeError when `chunkCountMax` is out of range
 * @example
 * const engine = await createWebGPUBackend();
 * await engine.inferenceStep(weights, ops, inputs, outputs, results);
 * engine.close();
 */
export async function createWebGPUBackend({
  gpu,
  cpu: givenCPU,
  thresholds,
  chunkCountMax = CHUNK_COUNT_MAX,
}: CreateWebGPUBackendParameters = {}): Promise<WebGPUBackend> {
  if (!Number.isInteger(chunkCountMax) || chunkCountMax < 1 || chunkCountMax > 2 ** 20) {
    throw new RangeError(`chunkCountMax: expected an integer from 1 to ${2 ** 20}, got ${chunkCountMax}`);
  }
  const device = await openDevice(gpu);
  try {
    const [cpu, fold, kernels] = await Promise.all([
      givenCPU ?? createCPUEngine(),
      createDigestFold(),
      createDeviceKernels(device, chunkCountMax),
    ]);
    const parts = { device, kernels, fold, cpu };
    await assertAnswersAlike(createEngine(parts, NO_THRESHOLDS), cpu);
    const defaults = device.adapter.isFallbackAdapter ? SOFTWARE_THRESHOLDS : GPU_THRESHOLDS;
    return createEngine(parts, { ...defaults, ...thresholds });
  } catch (cause) {
    device.close();
    if (!(cause instanceof WebGPUCallError)) throw cause;
    throw new WebGPUUnavailableError('no_device', `the device fails its first calls: ${cause.message}`, {
      cause,
    });
  }
}

/** WebAssembly where there is any with SIMD, else the reference. Compiled off the main thread, as browsers demand. */
async function createCPUEngine(): Promise<KernelBackend> {
  try {
    return await createWasmBackendAsync();
  } catch {
    return referenceBackend;
  }
}

interface EngineParts {
  readonly device: OpenDevice;
  readonly kernels: DeviceKernels;
  readonly fold: DigestFold;
  readonly cpu: KernelBackend;
}

function createEngine(
  { device, kernels, fold, cpu }: EngineParts,
  { inferenceOps, proofOps, epochSlots }: WebGPUThresholds,
): WebGPUBackend {
  const { vendor, architecture, description, isFallbackAdapter = false } = device.adapter;
  const inTurn = createTurns();
  const onCPU = toAsyncKernelBackend(cpu);
  return Object.freeze({
    ...onCPU,
    name: 'webgpu',
    adapter: Object.freeze({ vendor, architecture, description, isSoftware: isFallbackAdapter }),
    close: () => device.close(),
    async epochTransition(...arenas: Parameters<KernelBackend['epochTransition']>) {
      checkEpochTransition(...arenas);
      const [desc, attestations, models, anchors, epoch, result] = arenas;
      const slotCount =
        attestations.length / Attestation.SIZE +
        models.length / ModelRegistryEntry.SIZE +
        anchors.length / AuditAnchor.SIZE;
      if (slotCount < epochSlots) return cpu.epochTransition(...arenas);
      const named = { desc, attestations, models, anchors, epoch, result };
      await inTurn(() => epochOnDevice(device, { kernels: kernels.leaves, fold }, named));
    },
    async inferenceStep(...arenas: Parameters<KernelBackend['inferenceStep']>) {
      const count = checkInferenceStep(...arenas);
      if (count < inferenceOps) return cpu.inferenceStep(...arenas);
      const [weights, ops, inputs, outputs, results] = arenas;
      const named = { weights, ops, inputs, outputs, results };
      await inTurn(() => inferenceOnDevice(device, kernels.inference, named));
    },
    async proofVerify(ops: Uint8Array, results: Uint8Array) {
      const count = checkProofVerify(ops, results);
      if (count < proofOps) return cpu.proofVerify(ops, results);
      await inTurn(() => proofOnDevice(device, kernels.proof, ops, results));
    },
  });
}

/** Runs one piece of work after the other, in the order in which they came; a failed one stops none after it. */
function createTurns(): <Answer>(work: () => Promise<Answer>) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const answer = last.then(work, work);
    last = answer;
    return answer;
  };
}
