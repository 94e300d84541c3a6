export { epochAnchors, epochAttestations, epochBegin, epochFinish, epochModels } from './epoch';
export { inferenceBegin, inferenceFinish, inferenceOps } from './inference';
export { keccak256 } from './keccak';
export { proofVerify } from './proof';
export { anchorApply, anchorCursor, attestationApply, provenanceApply } from './tables';

/** First byte of memory that the kernels do not use themselves. */
export function arenaBase(): usize {
  return (__heap_base + 63) & ~63;
}
