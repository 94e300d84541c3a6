import { anchorApply } from './anchor-apply.ts';
import { attestationApply } from './attestation-apply.ts';
import type { KernelBackend } from './backend.ts';
import { epochTransition } from './epoch-transition.ts';
import { inferenceStep } from './inference-step.ts';
import { proofVerify } from './proof-verify.ts';
import { provenanceApply } from './provenance-apply.ts';

/** The canonical answers: the kernels in plain TypeScript. Slow and readable; every other engine must agree with it. */
export const referenceBackend: KernelBackend = Object.freeze({
  name: 'cpu',
  attestationApply,
  provenanceApply,
  anchorApply,
  epochTransition,
  inferenceStep,
  proofVerify,
});
