import { keccak256 } from '../crypto/keccak.ts';
import { ProofVerifyOp } from '../layout/proof-verify-op.ts';
import { ProofVerifyResult } from '../layout/proof-verify-result.ts';
import { checkProofVerify } from './arguments.ts';
import { PROOF_STATUS } from './constants.ts';
import { copyRange, isU64AtMost, isZeroRange, writeU32 } from './words.ts';

const field = ProofVerifyOp.fields;
const out = ProofVerifyResult.fields;

/** Measurement, AttestingKey, Signature and MessageHash lie together at the start of the op. */
const BOUND_SIZE = field.ExpiryNS.offset;

/**
 * Kernel 6: checks that a proof's envelope is complete and not expired, and binds it in a hash. It verifies no
 * signature: that is the attestation module's work. See {@link KernelBackend.proofVerify}.
 */
export function proofVerify(ops: Uint8Array, results: Uint8Array): void {
  const opCount = checkProofVerify(ops, results);
  const preimage = new Uint8Array(BOUND_SIZE + 4);
  for (let index = 0; index < opCount; index++) {
    const op = index * ProofVerifyOp.SIZE;
    const result = index * ProofVerifyResult.SIZE;
    results.fill(0, result, result + ProofVerifyResult.SIZE);
    writeU32(results, result + out.Status.offset, statusOf(ops, op));
    copyRange(results, result + out.Kind.offset, ops, op + field.Kind.offset, 4);
    copyRange(preimage, 0, ops, op, BOUND_SIZE);
    copyRange(preimage, BOUND_SIZE, ops, op + field.Nonce.offset, 4);
    results.set(keccak256(preimage), result + out.BindingHash.offset);
  }
}

function statusOf(ops: Uint8Array, op: number): number {
  let status = 0;
  if (isZeroRange(ops, op + field.Measurement.offset, field.Measurement.size)) {
    status |= PROOF_STATUS.measurementMissing;
  }
  if (isZeroRange(ops, op + field.AttestingKey.offset, field.AttestingKey.size))
    status |= PROOF_STATUS.keyZero;
  if (isExpired(ops, op)) status |= PROOF_STATUS.expired;
  if (isZeroRange(ops, op + field.Signature.offset, field.Signature.size))
    status |= PROOF_STATUS.signatureMissing;
  return status === 0 ? PROOF_STATUS.ok : status;
}

/** Here the op brings its own clock; an expiry of 0 never passes. */
const isExpired = (ops: Uint8Array, op: number): boolean =>
  isU64AtMost(ops, op + field.ExpiryNS.offset, ops, op + field.TimestampNS.offset) &&
  !isZeroRange(ops, op + field.ExpiryNS.offset, 8);
