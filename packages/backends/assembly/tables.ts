import { copy16s, equal32, isExpired, isZero32, isZero48 } from './words';

const NO_SLOT: usize = 0;

/** Address of the slot that holds the digest, else of the free slot that ends its probe path, else NO_SLOT. */
// @ts-ignore: decorator
@inline
function findSlot(table: usize, slotCount: u32, slotSize: u32, occupiedOffset: usize, digest: usize): usize {
  const mask = slotCount - 1;
  let slot = ((load<u32>(digest) ^ 0x84222325) * 0x1b3) & mask;
  for (let probe: u32 = 0; probe < slotCount; probe++) {
    const at = table + slot * slotSize;
    if (load<u32>(at + occupiedOffset) == 0 || equal32(at, digest)) return at;
    slot = (slot + 1) & mask;
  }
  return NO_SLOT;
}

/** Kernel 1 over `opCount` ops of 144 bytes and slots of 144 bytes. */
export function attestationApply(desc: usize, ops: usize, opCount: u32, table: usize, slotCount: u32): u32 {
  const now = load<u64>(desc, 16);
  const end = ops + opCount * 144;
  let applied: u32 = 0;
  for (let op = ops; op < end; op += 144) {
    if (isZero48(op + 64) || isZero32(op)) continue;
    const slot = findSlot(table, slotCount, 144, 136, op);
    if (slot == NO_SLOT) continue;
    if (load<u32>(slot, 136) == 0) {
      v128.store(slot, v128.load(op));
      v128.store(slot, v128.load(op, 16), 16);
      store<u64>(slot, 1, 136);
    }
    // Measurement to EvidenceOffset lie alike in op and slot.
    copy16s(slot + 32, op + 32, 96);
    store<u32>(slot, load<u32>(op, 128), 128);
    store<u32>(slot, isExpired(load<u64>(op, 112), now) ? 6 : 2, 132);
    applied++;
  }
  return applied;
}

/** Copies OwnerAddr, which lies alike in op and slot. */
// @ts-ignore: decorator
@inline
function copyOwner(slot: usize, op: usize): void {
  v128.store(slot, v128.load(op, 96), 96);
  store<u32>(slot, load<u32>(op, 112), 112);
}

/** Kernel 2 over `opCount` ops of 160 bytes and slots of 160 bytes. */
export function provenanceApply(ops: usize, opCount: u32, table: usize, slotCount: u32): u32 {
  const end = ops + opCount * 160;
  let applied: u32 = 0;
  for (let op = ops; op < end; op += 160) {
    const kind = load<u32>(op, 132);
    if (kind > 3 || isZero32(op) || isZero32(op + 32)) continue;
    const slot = findSlot(table, slotCount, 160, 140, op);
    if (slot == NO_SLOT) continue;
    const isFree = load<u32>(slot, 140) == 0;
    if (kind == 0) {
      if (isFree) {
        memory.fill(slot, 0, 160);
        copy16s(slot, op, 32);
        store<u32>(slot, 1, 140);
      }
      copy16s(slot + 32, op + 32, 64);
      copyOwner(slot, op);
      store<u64>(slot, 1, 120);
      store<u64>(slot, load<u64>(op, 120), 128);
      store<u32>(slot, load<u32>(op, 128), 136);
    } else if (isFree) {
      continue;
    } else if (kind == 1) {
      copy16s(slot + 32, op + 32, 32);
      const version = load<u64>(slot, 120);
      if (version != u64.MAX_VALUE) store<u64>(slot, version + 1, 120);
      const parameterCount = load<u64>(op, 120);
      if (parameterCount != 0) store<u64>(slot, parameterCount, 128);
    } else if (kind == 2) {
      copy16s(slot + 64, op + 64, 32);
    } else {
      copyOwner(slot, op);
    }
    applied++;
  }
  return applied;
}

/** Index of the first free slot of the anchor table; `slotCount` when it is full. */
export function anchorCursor(table: usize, slotCount: u32): u32 {
  let cursor: u32 = 0;
  while (cursor < slotCount && load<u32>(table + cursor * 128, 112) != 0) cursor++;
  return cursor;
}

/** Kernel 3 over `opCount` ops of 128 bytes and slots of 128 bytes, from the first free slot, `first`, on. */
export function anchorApply(ops: usize, opCount: u32, table: usize, slotCount: u32, first: u32): u32 {
  const tableEnd = table + slotCount * 128;
  let cursor = table + first * 128;
  const end = ops + opCount * 128;
  let applied: u32 = 0;
  for (let op = ops; op < end; op += 128) {
    if (isZero32(op)) continue;
    if (cursor == tableEnd) break;
    if (cursor > table) {
      const previous = cursor - 128;
      if (!equal32(op + 32, previous) || load<u64>(op, 96) <= load<u64>(previous, 96)) continue;
    }
    copy16s(cursor, op, 112);
    store<u32>(cursor, 1, 112);
    cursor += 128;
    applied++;
  }
  return applied;
}
