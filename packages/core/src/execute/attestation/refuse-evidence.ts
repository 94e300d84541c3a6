import type { AttestationRefusalCode } from '../../attestation/codes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import type { ErrorCode } from '../../errors/error-codes.ts';

/** Every refusal of the verifier has a rejection code of its own; a missing one does not compile. */
const rejectionCode = (code: AttestationRefusalCode): ErrorCode => `attestation_${code}`;

/** Refuses an operation for what its evidence lacks. */
export function refuseEvidence(code: AttestationRefusalCode, detail: string): never {
  throw new AivmError(rejectionCode(code), detail);
}

/** Refuses unless `condition` holds. */
export function requireEvidence(
  condition: boolean,
  code: AttestationRefusalCode,
  detail: () => string,
): asserts condition {
  if (!condition) refuseEvidence(code, detail());
}
