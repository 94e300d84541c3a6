import { AIVMRoundDescriptor } from '../layout/aivm-round-descriptor.ts';
import { Attestation } from '../layout/attestation.ts';
import { AttestationOp } from '../layout/attestation-op.ts';
import { checkAttestationApply } from './arguments.ts';
import { ATTESTATION_STATUS } from './constants.ts';
import { findSlot, isOccupied, NO_SLOT, type TableShape } from './table.ts';
import { copyRange, isU64AtMost, isZeroRange, writeU32 } from './words.ts';

const from = AttestationOp.fields;
const to = Attestation.fields;
const NOW = AIVMRoundDescriptor.fields.TimestampNS.offset;
const TABLE: TableShape = { slotSize: Attestation.SIZE, occupiedOffset: to.Occupied.offset };

/** Measurement, AttestingKey, ExpiryNS, Kind, EvidenceOffset, EvidenceLen lie alike in op and slot: one copy. */
const COPIED_SIZE = to.Status.offset - to.Measurement.offset;

/** Kernel 1: records or renews attestations by TEEQuoteDigest. See {@link KernelBackend.attestationApply}. */
export function attestationApply(desc: Uint8Array, ops: Uint8Array, attestations: Uint8Array): number {
  const opCount = checkAttestationApply(desc, ops, attestations);
  let applied = 0;
  for (let op = 0; op < opCount * AttestationOp.SIZE; op += AttestationOp.SIZE) {
    if (isZeroRange(ops, op + from.AttestingKey.offset, from.AttestingKey.size)) continue;
    if (isZeroRange(ops, op + from.TEEQuoteDigest.offset, from.TEEQuoteDigest.size)) continue;
    const index = findSlot(attestations, TABLE, ops, op + from.TEEQuoteDigest.offset);
    if (index === NO_SLOT) continue;
    const slot = index * Attestation.SIZE;
    if (!isOccupied(attestations, TABLE, slot)) {
      attestations.fill(0, slot, slot + Attestation.SIZE);
      copyRange(attestations, slot, ops, op + from.TEEQuoteDigest.offset, from.TEEQuoteDigest.size);
      writeU32(attestations, slot + to.Occupied.offset, 1);
    }
    copyRange(attestations, slot + to.Measurement.offset, ops, op + from.Measurement.offset, COPIED_SIZE);
    const expired = isExpired(ops, op + from.ExpiryNS.offset, desc);
    const status = ATTESTATION_STATUS.verified | (expired ? ATTESTATION_STATUS.expired : 0);
    writeU32(attestations, slot + to.Status.offset, status);
    applied++;
  }
  return applied;
}

/** Whether the expiry at `offset` has passed at the descriptor's time; 0 never expires. */
export const isExpired = (bytes: Uint8Array, offset: number, desc: Uint8Array): boolean =>
  isU64AtMost(bytes, offset, desc, NOW) && !isZeroRange(bytes, offset, 8);
