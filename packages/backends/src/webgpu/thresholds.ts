/** Calls below these sizes are answered by the CPU: a trip to the device costs more than it saves. */
export interface WebGPUThresholds {
  /** Ops of `inferenceStep`. */
  readonly inferenceOps: number;
  /** Ops of `proofVerify`. */
  readonly proofOps: number;
  /** Slots of all three tables of `epochTransition`. */
  readonly epochSlots: number;
}

/**
 * For a GPU. A trip of 1 ms must save at least as much: WebAssembly takes 1.5 µs per inference op and 0.9 µs per proof;
 * of the 0.9 µs of a slot only the leaf's part, about a quarter, leaves the CPU.
 */
export const GPU_THRESHOLDS: WebGPUThresholds = { inferenceOps: 1024, proofOps: 2048, epochSlots: 8192 };

/** For a device in software, which was slower than WebAssembly at every size: it is never asked. */
export const SOFTWARE_THRESHOLDS: WebGPUThresholds = {
  inferenceOps: Number.POSITIVE_INFINITY,
  proofOps: Number.POSITIVE_INFINITY,
  epochSlots: Number.POSITIVE_INFINITY,
};

/** Every call goes to the device, however small: for tests of the device, and of what a trip costs. */
export const NO_THRESHOLDS: WebGPUThresholds = { inferenceOps: 0, proofOps: 0, epochSlots: 0 };
