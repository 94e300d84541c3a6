import { keccak256, padBlocks } from './keccak';
import {
  addLongLeaf,
  addShortLeaf,
  finishLongLeaves,
  finishShortLeaves,
  nextLongLeaf,
  resetFold,
} from './leaf-fold';
import { copy16s, isExpired } from './words';

const ATTESTATION_FOLD: usize = memory.data(176, 16);
const MODEL_FOLD: usize = memory.data(176, 16);
const ANCHOR_FOLD: usize = memory.data(176, 16);
const ATTESTATION_LEAVES: usize = memory.data(544, 16);
const MODEL_LEAVES: usize = memory.data(544, 16);
const ANCHOR_LEAF: usize = memory.data(144, 16);
const STATE_PREIMAGE: usize = memory.data(160, 16);

let now: u64 = 0;
let active: u32 = 0;
let expired: u32 = 0;
let modelCount: u32 = 0;
let anchorCount: u32 = 0;

/** Starts an epoch transition. The tables follow in any order, each in pieces from slot 0 up; then `epochFinish`. */
export function epochBegin(desc: usize): void {
  now = load<u64>(desc, 16);
  active = 0;
  expired = 0;
  modelCount = 0;
  anchorCount = 0;
  resetFold(ATTESTATION_FOLD);
  resetFold(MODEL_FOLD);
  resetFold(ANCHOR_FOLD);
  memory.fill(ATTESTATION_LEAVES, 0, 544);
  memory.fill(MODEL_LEAVES, 0, 544);
  memory.fill(ANCHOR_LEAF, 0, 144);
  padBlocks(ATTESTATION_LEAVES, 144);
  padBlocks(ATTESTATION_LEAVES + 272, 144);
  padBlocks(MODEL_LEAVES, 140);
  padBlocks(MODEL_LEAVES + 272, 140);
  padBlocks(ANCHOR_LEAF, 116);
}

/** Slots `first`… of the attestation table. Returns whether a slot was changed. */
export function epochAttestations(slots: usize, count: u32, first: u32): bool {
  let changed = false;
  for (let index: u32 = 0; index < count; index++) {
    const slot = slots + index * 144;
    if (load<u32>(slot, 136) == 0) continue;
    let status = load<u32>(slot, 132);
    if (isExpired(load<u64>(slot, 112), now)) {
      changed = changed || (status & 4) == 0;
      status |= 4;
      store<u32>(slot, status, 132);
    }
    const isOver = (status >> 2) & 1;
    expired += isOver;
    active += (status >> 1) & (isOver ^ 1) & 1;
    const leaf = nextLongLeaf(ATTESTATION_FOLD, ATTESTATION_LEAVES);
    copy16s(leaf, slot, 128);
    store<u64>(leaf, load<u64>(slot, 128), 128);
    store<u32>(leaf, isOver, 136);
    store<u32>(leaf, first + index, 140);
    addLongLeaf(ATTESTATION_FOLD, ATTESTATION_LEAVES);
  }
  return changed;
}

/** Slots `first`… of the model table. */
export function epochModels(slots: usize, count: u32, first: u32): void {
  for (let index: u32 = 0; index < count; index++) {
    const slot = slots + index * 160;
    if (load<u32>(slot, 140) == 0) continue;
    const leaf = nextLongLeaf(MODEL_FOLD, MODEL_LEAVES);
    copy16s(leaf, slot, 112);
    store<u32>(leaf, load<u32>(slot, 112), 112);
    v128.store(leaf, v128.load(slot, 120), 116);
    store<u32>(leaf, load<u32>(slot, 136), 132);
    store<u32>(leaf, first + index, 136);
    addLongLeaf(MODEL_FOLD, MODEL_LEAVES);
    modelCount++;
  }
}

/** Slots `first`… of the anchor table. */
export function epochAnchors(slots: usize, count: u32, first: u32): void {
  for (let index: u32 = 0; index < count; index++) {
    const slot = slots + index * 128;
    if (load<u32>(slot, 112) == 0) continue;
    copy16s(ANCHOR_LEAF, slot, 112);
    store<u32>(ANCHOR_LEAF, first + index, 112);
    addShortLeaf(ANCHOR_FOLD, ANCHOR_LEAF);
    anchorCount++;
  }
}

/** Writes `epoch` and `result`. */
export function epochFinish(desc: usize, epoch: usize, result: usize): void {
  finishLongLeaves(ATTESTATION_FOLD, ATTESTATION_LEAVES);
  finishLongLeaves(MODEL_FOLD, MODEL_LEAVES);
  finishShortLeaves(ANCHOR_FOLD);
  store<u64>(epoch, active, 16);
  store<u32>(epoch, modelCount, 24);
  store<u32>(epoch, expired, 28);
  copy16s(epoch + 32, ATTESTATION_FOLD, 32);
  copy16s(epoch + 64, MODEL_FOLD, 32);
  copy16s(epoch + 96, ANCHOR_FOLD, 32);
  if (load<u32>(desc, 48) != 0) store<u64>(epoch, load<u64>(desc, 24) + 1);
  copy16s(STATE_PREIMAGE, desc + 64, 32);
  copy16s(STATE_PREIMAGE + 32, epoch + 32, 96);
  store<u64>(STATE_PREIMAGE, load<u64>(epoch), 128);
  store<u32>(STATE_PREIMAGE, active, 136);
  store<u32>(STATE_PREIMAGE, modelCount, 140);
  store<u32>(STATE_PREIMAGE, anchorCount, 144);
  keccak256(STATE_PREIMAGE, 148, epoch + 128);

  store<u32>(result, 1);
  store<u32>(result, active, 16);
  store<u32>(result, expired, 20);
  store<u32>(result, modelCount, 24);
  store<u32>(result, anchorCount, 28);
  store<u64>(result, load<u64>(epoch), 32);
  store<u64>(result, modelCount, 40);
  store<u64>(result, anchorCount, 48);
  copy16s(result + 64, epoch + 32, 128);
}
