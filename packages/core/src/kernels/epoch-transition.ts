import { keccak256 } from '../crypto/keccak.ts';
import { AIVMEpochState } from '../layout/aivm-epoch-state.ts';
import { AIVMRoundDescriptor } from '../layout/aivm-round-descriptor.ts';
import { AIVMTransitionResult } from '../layout/aivm-transition-result.ts';
import { Attestation } from '../layout/attestation.ts';
import { AuditAnchor } from '../layout/audit-anchor.ts';
import { ModelRegistryEntry } from '../layout/model-registry-entry.ts';
import { checkEpochTransition } from './arguments.ts';
import { isExpired } from './attestation-apply.ts';
import { ATTESTATION_STATUS } from './constants.ts';
import { createLeafFold } from './leaf-fold.ts';
import { copyRange, incrementU64, readU32, writeU32 } from './words.ts';

const round = AIVMRoundDescriptor.fields;
const attestation = Attestation.fields;
const model = ModelRegistryEntry.fields;
const anchor = AuditAnchor.fields;
const state = AIVMEpochState.fields;
const outcome = AIVMTransitionResult.fields;

/** `AIVMTransitionResult.Status` of a transition that ran. */
const STATUS_DONE = 1;

/** What one walk over a table gives. */
interface TableCommitment {
  readonly root: Uint8Array;
  readonly count: number;
}

interface AttestationCommitment extends TableCommitment {
  readonly active: number;
  readonly expired: number;
}

/** Kernel 4: expires attestations and commits to all tables. See {@link KernelBackend.epochTransition}. */
export function epochTransition(
  desc: Uint8Array,
  attestations: Uint8Array,
  models: Uint8Array,
  anchors: Uint8Array,
  epoch: Uint8Array,
  result: Uint8Array,
): void {
  checkEpochTransition(desc, attestations, models, anchors, epoch, result);
  const attested = commitAttestations(desc, attestations);
  const registered = commitModels(models);
  const anchored = commitAnchors(anchors);

  epoch.set(attested.root, state.AttestationRoot.offset);
  epoch.set(registered.root, state.ModelRegistryRoot.offset);
  epoch.set(anchored.root, state.AuditRoot.offset);
  writeU32(epoch, state.ActiveModelCount.offset, registered.count);
  writeU32(epoch, state.ExpiredAttestationCount.offset, attested.expired);
  writeCount64(epoch, state.TotalActiveAttestations.offset, attested.active);
  if (readU32(desc, round.ClosingFlag.offset) !== 0) {
    copyRange(epoch, state.CurrentEpoch.offset, desc, round.Epoch.offset, 8);
    incrementU64(epoch, state.CurrentEpoch.offset, false);
  }
  epoch.set(
    stateRoot(desc, epoch, attested.active, registered.count, anchored.count),
    state.AIVMStateRoot.offset,
  );

  writeU32(result, outcome.Status.offset, STATUS_DONE);
  writeU32(result, outcome.ActiveAttestations.offset, attested.active);
  writeU32(result, outcome.ExpiredAttestations.offset, attested.expired);
  writeU32(result, outcome.ModelCount.offset, registered.count);
  writeU32(result, outcome.AnchorCount.offset, anchored.count);
  copyRange(result, outcome.Epoch.offset, epoch, state.CurrentEpoch.offset, 8);
  writeCount64(result, outcome.TotalModels.offset, registered.count);
  writeCount64(result, outcome.TotalAnchors.offset, anchored.count);
  // The four roots lie in the same order in both structs.
  copyRange(result, outcome.AttestationRoot.offset, epoch, state.AttestationRoot.offset, 4 * 32);
}

function commitAttestations(desc: Uint8Array, attestations: Uint8Array): AttestationCommitment {
  const fieldsSize = attestation.Occupied.offset;
  const leaf = new Uint8Array(fieldsSize + 8);
  const fold = createLeafFold(leaf);
  let count = 0;
  let active = 0;
  let expired = 0;
  for (let slot = 0; slot < attestations.length; slot += Attestation.SIZE) {
    if (readU32(attestations, slot + attestation.Occupied.offset) === 0) continue;
    let status = readU32(attestations, slot + attestation.Status.offset);
    if (isExpired(attestations, slot + attestation.ExpiryNS.offset, desc)) {
      status |= ATTESTATION_STATUS.expired;
      writeU32(attestations, slot + attestation.Status.offset, status);
    }
    const isOver = (status & ATTESTATION_STATUS.expired) !== 0;
    copyRange(leaf, 0, attestations, slot, fieldsSize);
    writeU32(leaf, fieldsSize, isOver ? 1 : 0);
    fold.add(slot / Attestation.SIZE);
    count++;
    if (isOver) expired++;
    else if ((status & ATTESTATION_STATUS.verified) !== 0) active++;
  }
  return { root: fold.root, count, active, expired };
}

function commitModels(models: Uint8Array): TableCommitment {
  const headSize = model.OwnerAddr.offset + model.OwnerAddr.size;
  const tailOffset = model.Version.offset;
  const tailSize = model.Occupied.offset - tailOffset;
  const leaf = new Uint8Array(headSize + tailSize + 4);
  const fold = createLeafFold(leaf);
  let count = 0;
  for (let slot = 0; slot < models.length; slot += ModelRegistryEntry.SIZE) {
    if (readU32(models, slot + model.Occupied.offset) === 0) continue;
    copyRange(leaf, 0, models, slot, headSize);
    copyRange(leaf, headSize, models, slot + tailOffset, tailSize);
    fold.add(slot / ModelRegistryEntry.SIZE);
    count++;
  }
  return { root: fold.root, count };
}

function commitAnchors(anchors: Uint8Array): TableCommitment {
  const fieldsSize = anchor.Occupied.offset;
  const leaf = new Uint8Array(fieldsSize + 4);
  const fold = createLeafFold(leaf);
  let count = 0;
  for (let slot = 0; slot < anchors.length; slot += AuditAnchor.SIZE) {
    if (readU32(anchors, slot + anchor.Occupied.offset) === 0) continue;
    copyRange(leaf, 0, anchors, slot, fieldsSize);
    fold.add(slot / AuditAnchor.SIZE);
    count++;
  }
  return { root: fold.root, count };
}

function stateRoot(
  desc: Uint8Array,
  epoch: Uint8Array,
  active: number,
  models: number,
  anchors: number,
): Uint8Array {
  const preimage = new Uint8Array(148);
  copyRange(preimage, 0, desc, round.ParentAIVMRoot.offset, 32);
  copyRange(preimage, 32, epoch, state.AttestationRoot.offset, 3 * 32);
  copyRange(preimage, 128, epoch, state.CurrentEpoch.offset, 8);
  writeU32(preimage, 136, active);
  writeU32(preimage, 140, models);
  writeU32(preimage, 144, anchors);
  return keccak256(preimage);
}

function writeCount64(bytes: Uint8Array, offset: number, count: number): void {
  writeU32(bytes, offset, count);
  writeU32(bytes, offset + 4, 0);
}
