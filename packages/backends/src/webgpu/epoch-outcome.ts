import { keccak256 } from '@aivm/core/crypto';
import { ATTESTATION_STATUS } from '@aivm/core/kernels';
import { AIVMEpochState, AIVMRoundDescriptor, AIVMTransitionResult, Attestation } from '@aivm/core/layout';
import type { EpochArenas, TableRoot } from './epoch-arenas.ts';
import { u64At, viewOf } from './host-words.ts';

/** `AIVMTransitionResult.Status` of a transition that ran. */
const STATUS_DONE = 1;

const field = Attestation.fields;

/** Sets the Expired bit where the expiry has passed, and counts what is active and what is not any more. */
export function expireAttestations({ desc, attestations }: Pick<EpochArenas, 'desc' | 'attestations'>): {
  active: number;
  expired: number;
} {
  const [nowLow, nowHigh] = u64At(desc, AIVMRoundDescriptor.fields.TimestampNS.offset);
  const view = viewOf(attestations);
  let active = 0;
  let expired = 0;
  for (let slot = 0; slot < attestations.length; slot += Attestation.SIZE) {
    if (view.getUint32(slot + field.Occupied.offset, true) === 0) continue;
    const low = view.getUint32(slot + field.ExpiryNS.offset, true);
    const high = view.getUint32(slot + field.ExpiryNS.offset + 4, true);
    let status = view.getUint32(slot + field.Status.offset, true);
    if ((low | high) !== 0 && (high < nowHigh || (high === nowHigh && low <= nowLow))) {
      status |= ATTESTATION_STATUS.expired;
      view.setUint32(slot + field.Status.offset, status, true);
    }
    if ((status & ATTESTATION_STATUS.expired) !== 0) expired++;
    else if ((status & ATTESTATION_STATUS.verified) !== 0) active++;
  }
  return { active, expired };
}

/** Writes `epoch` and `result` from the roots and counts of all tables. */
export function writeEpochOutcome(
  { desc: descBytes, epoch: epochBytes, result: resultBytes }: EpochArenas,
  { attested, registered, anchored }: { attested: TableRoot; registered: TableRoot; anchored: TableRoot },
  { active, expired }: { active: number; expired: number },
): void {
  const desc = AIVMRoundDescriptor.at(descBytes);
  const epoch = AIVMEpochState.at(epochBytes);
  epoch.AttestationRoot = attested.root;
  epoch.ModelRegistryRoot = registered.root;
  epoch.AuditRoot = anchored.root;
  epoch.ActiveModelCount = registered.count;
  epoch.ExpiredAttestationCount = expired;
  epoch.TotalActiveAttestations = BigInt(active);
  if (desc.ClosingFlag !== 0) epoch.CurrentEpoch = BigInt.asUintN(64, desc.Epoch + 1n);

  const preimage = new Uint8Array(148);
  const view = viewOf(preimage);
  preimage.set(desc.ParentAIVMRoot, 0);
  preimage.set(attested.root, 32);
  preimage.set(registered.root, 64);
  preimage.set(anchored.root, 96);
  view.setBigUint64(128, epoch.CurrentEpoch, true);
  view.setUint32(136, active, true);
  view.setUint32(140, registered.count, true);
  view.setUint32(144, anchored.count, true);
  epoch.AIVMStateRoot = keccak256(preimage);

  const result = AIVMTransitionResult.at(resultBytes);
  result.Status = STATUS_DONE;
  result.ActiveAttestations = active;
  result.ExpiredAttestations = expired;
  result.ModelCount = registered.count;
  result.AnchorCount = anchored.count;
  result.Epoch = epoch.CurrentEpoch;
  result.TotalModels = BigInt(registered.count);
  result.TotalAnchors = BigInt(anchored.count);
  result.AttestationRoot = epoch.AttestationRoot;
  result.ModelRegistryRoot = epoch.ModelRegistryRoot;
  result.AuditRoot = epoch.AuditRoot;
  result.AIVMStateRoot = epoch.AIVMStateRoot;
}
