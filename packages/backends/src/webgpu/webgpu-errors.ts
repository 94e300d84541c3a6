import { EngineCallError } from '../engine/failover.ts';

/**
 * Why there is no WebGPU engine: `no_api` no WebGPU in this program, `no_package` the npm package does not load,
 * `no_adapter` no device was offered, `no_device` the device could not be opened or cannot run the kernels,
 * `wrong_answer` it computes other bytes than the CPU.
 */
export type WebGPUUnavailableCode = 'no_api' | 'no_package' | 'no_adapter' | 'no_device' | 'wrong_answer';

/** There is no usable WebGPU device. A normal state of a machine: run on the CPU. */
export class WebGPUUnavailableError extends Error {
  override readonly name = 'WebGPUUnavailableError';
  readonly code: WebGPUUnavailableCode;

  constructor(code: WebGPUUnavailableCode, detail: string, options?: { cause?: unknown }) {
    super(`webgpu: ${detail}`, options);
    this.code = code;
  }
}

/**
 * What ended a call: `device_lost` the device is gone for good, `out_of_memory` its memory did not suffice,
 * `call_failed` the device refused the work, `closed` the engine was closed before.
 */
export type WebGPUCallCode = 'device_lost' | 'out_of_memory' | 'call_failed' | 'closed';

/** A kernel call that the device did not finish. The caller's arenas hold what they held before it. */
export class WebGPUCallError extends EngineCallError {
  override readonly name = 'WebGPUCallError';
  readonly code: WebGPUCallCode;

  constructor(code: WebGPUCallCode, detail: string, options?: { cause?: unknown }) {
    super(`webgpu: ${detail}`, options);
    this.code = code;
  }
}
