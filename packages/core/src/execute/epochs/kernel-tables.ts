import { assert } from '../../errors/aivm-error.ts';
import { createKernelArena } from '../../kernels/backend.ts';
import { ATTESTATION_STATUS } from '../../kernels/constants.ts';
import { findSlot, isOccupied, type TableShape } from '../../kernels/table.ts';
import { readU32 } from '../../kernels/words.ts';
import { Attestation } from '../../layout/attestation.ts';
import { ModelRegistryEntry } from '../../layout/model-registry-entry.ts';
import { stateKeys } from '../../state/keys.ts';
import type { BlockContext } from '../context/block-context.ts';
import { KernelTable, TABLE_SLOTS_MAX } from './kernel-ops.ts';

/** Slots of one page: a write touches what changed, not the whole table. */
const PAGE_SLOTS = 64;
const SLOTS_MIN = 64;
/** A table is at most this full, in percent, after a round's operations. */
const LOAD_MAX_PERCENT = 70;

/** The two open-addressed tables. */
const TABLE_SHAPES: Readonly<Record<0 | 1, TableShape>> = {
  [KernelTable.attestation]: {
    slotSize: Attestation.SIZE,
    occupiedOffset: Attestation.fields.Occupied.offset,
  },
  [KernelTable.model]: {
    slotSize: ModelRegistryEntry.SIZE,
    occupiedOffset: ModelRegistryEntry.fields.Occupied.offset,
  },
};

/** A kernel table in one piece; zeros where a page was never written. */
export function loadTable(context: BlockContext, table: 0 | 1, slots: number): Uint8Array {
  const { slotSize } = TABLE_SHAPES[table];
  const arena = createKernelArena(context.kernels, slots * slotSize);
  for (let page = 0; page * PAGE_SLOTS < slots; page++) {
    const bytes = context.state.get(stateKeys.tablePage(table, page));
    if (bytes !== undefined) arena.set(bytes, page * PAGE_SLOTS * slotSize);
  }
  return arena;
}

/** Stores a table page by page; pages past its end, of a larger one before it, go. */
export function storeTable(
  context: BlockContext,
  table: 0 | 1,
  arena: Uint8Array,
  slotsBefore: number,
): void {
  const pageSize = PAGE_SLOTS * TABLE_SHAPES[table].slotSize;
  const pages = arena.length / pageSize;
  for (let page = 0; page < pages; page++) {
    context.state.set(stateKeys.tablePage(table, page), arena.slice(page * pageSize, (page + 1) * pageSize));
  }
  for (let page = pages; page * PAGE_SLOTS < slotsBefore; page++) {
    context.state.delete(stateKeys.tablePage(table, page));
  }
}

const isExpiredAttestation = (arena: Uint8Array, offset: number): boolean =>
  (readU32(arena, offset + Attestation.fields.Status.offset) & ATTESTATION_STATUS.expired) !== 0;

/** Byte offsets of the slots that a rehash keeps: the occupied ones that have not expired. */
function liveOffsets(table: 0 | 1, arena: Uint8Array): number[] {
  const shape = TABLE_SHAPES[table];
  const offsets: number[] = [];
  for (let offset = 0; offset < arena.length; offset += shape.slotSize) {
    if (!isOccupied(arena, shape, offset)) continue;
    if (table === KernelTable.attestation && isExpiredAttestation(arena, offset)) continue;
    offsets.push(offset);
  }
  return offsets;
}

function slotsFor(entries: number): number {
  let slots = SLOTS_MIN;
  while (entries * 100 > slots * LOAD_MAX_PERCENT) slots *= 2;
  assert(slots <= TABLE_SLOTS_MAX, 'a kernel table past its bound');
  return slots;
}

function countOccupied(table: 0 | 1, arena: Uint8Array): number {
  const shape = TABLE_SHAPES[table];
  let count = 0;
  for (let offset = 0; offset < arena.length; offset += shape.slotSize) {
    if (isOccupied(arena, shape, offset)) count += 1;
  }
  return count;
}

/**
 * A table with room for `queued` more entries at 70 % load. Where the present one has it, that one; else its live slots
 * move, byte for byte and in slot order, to a table of the right size. Expired attestations stay behind.
 */
export function sizeTable(
  { kernels }: Pick<BlockContext, 'kernels'>,
  table: 0 | 1,
  arena: Uint8Array,
  queued: number,
): Uint8Array {
  const shape = TABLE_SHAPES[table];
  const slots = arena.length / shape.slotSize;
  if ((countOccupied(table, arena) + queued) * 100 <= slots * LOAD_MAX_PERCENT) return arena;
  const live = liveOffsets(table, arena);
  const sized = createKernelArena(kernels, slotsFor(live.length + queued) * shape.slotSize);
  for (const offset of live) {
    const slot = findSlot(sized, shape, arena, offset);
    assert(slot >= 0, 'a rehash without room');
    sized.set(arena.subarray(offset, offset + shape.slotSize), slot * shape.slotSize);
  }
  return sized;
}
