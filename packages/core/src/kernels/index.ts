export {
  checkAnchorApply,
  checkAttestationApply,
  checkEpochTransition,
  checkInferenceStep,
  checkProofVerify,
  checkProvenanceApply,
} from './arguments.ts';
export { type ArenaBackend, createKernelArena, type KernelBackend } from './backend.ts';
export { ATTESTATION_STATUS, INFERENCE_STATUS } from './constants.ts';
export { referenceBackend } from './reference-backend.ts';
export { firstProbe } from './table.ts';
export { INFERENCE_PARAMETERS_SIZE, serializeInferenceWeights } from './weights.ts';
