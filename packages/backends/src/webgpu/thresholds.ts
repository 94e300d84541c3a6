/** Calls below these sizes are answered by the CPU: a trip to the device costs more than it saves. */
export interface WebGPUThresholds {
  /** Ops of `inferenceStep`. */
  readonly inferenceOps: number;
  /** Ops of `proofVerify`. */
  readonly proofOps: number;
  /** Slots of all three tables of `epochTransition`. */
  readonly epochSlots: number;
}

export const DEFAULT_THRESHOLDS: WebGPUThresholds = {
  inferenceOps: 1024,
  proofOps: 1024,
  epochSlots: 1024,
};
