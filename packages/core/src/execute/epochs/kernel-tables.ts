import { equalBytes } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { createKernelArena } from '../../kernels/backend.ts';
import { ATTESTATION_STATUS } from '../../kernels/constants.ts';
import { findSlot, firstProbe, isOccupied, type TableShape } from '../../kernels/table.ts';
import { equalRanges, readU32 } from '../../kernels/words.ts';
import { Attestation } from '../../layout/attestation.ts';
import { ModelRegistryEntry } from '../../layout/model-registry-entry.ts';
import { stateKeys } from '../../state/keys.ts';
import type { BlockContext } from '../context/block-context.ts';
import { KernelTable, TABLE_SLOTS_MAX } from './kernel-ops.ts';

/** The two open-addressed tables. */
export type HashTable = typeof KernelTable.attestation | typeof KernelTable.model;

/** Slots of one page: a write touches what changed, not the whole table. */
export const PAGE_SLOTS = 64;
const SLOTS_MIN = 64;
/** A table is at most this full, in percent, after its operations. */
const LOAD_MAX_PERCENT = 70;
/** Bytes of a key, with which slots and operations of both tables begin. */
const KEY_BYTES = 32;

const TABLE_SHAPES: Readonly<Record<HashTable, TableShape>> = {
  [KernelTable.attestation]: {
    slotSize: Attestation.SIZE,
    occupiedOffset: Attestation.fields.Occupied.offset,
  },
  [KernelTable.model]: {
    slotSize: ModelRegistryEntry.SIZE,
    occupiedOffset: ModelRegistryEntry.fields.Occupied.offset,
  },
};

/** A table, or the pages of it that somebody looks at: the rest of the arena is zeros. */
export interface LoadedTable {
  readonly table: HashTable;
  readonly arena: Uint8Array;
  /** Bytes of the loaded pages as the state has them; undefined where it has none. */
  readonly pages: Map<number, Uint8Array | undefined>;
}

function openTable(context: BlockContext, table: HashTable, slots: number): LoadedTable {
  const arena = createKernelArena(context.kernels, slots * TABLE_SHAPES[table].slotSize);
  return { table, arena, pages: new Map() };
}

function loadPage(context: BlockContext, { table, arena, pages }: LoadedTable, page: number): void {
  if (pages.has(page)) return;
  const bytes = context.state.get(stateKeys.tablePage(table, page));
  pages.set(page, bytes);
  if (bytes !== undefined) arena.set(bytes, page * PAGE_SLOTS * TABLE_SHAPES[table].slotSize);
}

/** A kernel table in one piece. */
export function loadTable(context: BlockContext, table: HashTable, slots: number): LoadedTable {
  const loaded = openTable(context, table, slots);
  for (let page = 0; page * PAGE_SLOTS < slots; page++) loadPage(context, loaded, page);
  return loaded;
}

/**
 * Those pages of a table that the operations can touch: of each the way from its first slot to the one that holds its key,
 * or to the free one where it will be. What an earlier operation of the batch will hold is not free. The kernels find the
 * same slots in these pages as in the whole table.
 * @param slots of the table, a power of two, with room for all operations
 * @param opSize bytes of an operation; its key stands first
 */
export function loadTouchedPages(
  context: BlockContext,
  table: HashTable,
  slots: number,
  ops: { readonly bytes: Uint8Array; readonly opSize: number },
): LoadedTable {
  const loaded = openTable(context, table, slots);
  const { slotSize, occupiedOffset } = TABLE_SHAPES[table];
  /** Offset of the operation that will hold a slot which is free now. */
  const claimed = new Map<number, number>();
  for (let op = 0; op < ops.bytes.length; op += ops.opSize) {
    let slot = firstProbe(ops.bytes, op, slots - 1);
    for (let probe = 0; probe < slots; probe++) {
      loadPage(context, loaded, Math.floor(slot / PAGE_SLOTS));
      const offset = slot * slotSize;
      const isHeld = readU32(loaded.arena, offset + occupiedOffset) !== 0;
      const claim = claimed.get(slot);
      if (isHeld && equalRanges(loaded.arena, offset, ops.bytes, op, KEY_BYTES)) break;
      if (claim !== undefined && equalRanges(ops.bytes, claim, ops.bytes, op, KEY_BYTES)) break;
      if (!isHeld && claim === undefined) {
        claimed.set(slot, op);
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
  return loaded;
}

/** Stores the loaded pages that changed. */
export function storePages(context: BlockContext, { table, arena, pages }: LoadedTable): void {
  const pageSize = PAGE_SLOTS * TABLE_SHAPES[table].slotSize;
  for (const [page, before] of pages) {
    const after = arena.slice(page * pageSize, (page + 1) * pageSize);
    if (before !== undefined && equalBytes(before, after)) continue;
    context.state.set(stateKeys.tablePage(table, page), after);
  }
}

const isExpiredAttestation = (arena: Uint8Array, offset: number): boolean =>
  (readU32(arena, offset + Attestation.fields.Status.offset) & ATTESTATION_STATUS.expired) !== 0;

/** Byte offsets of the slots that a rehash keeps: the occupied ones that have not expired. */
function liveOffsets({ table, arena }: LoadedTable): number[] {
  const shape = TABLE_SHAPES[table];
  const offsets: number[] = [];
  for (let offset = 0; offset < arena.length; offset += shape.slotSize) {
    if (!isOccupied(arena, shape, offset)) continue;
    if (table === KernelTable.attestation && isExpiredAttestation(arena, offset)) continue;
    offsets.push(offset);
  }
  return offsets;
}

/** Operations on known keys count too, so that more may come than the largest table takes; entries never do. */
function slotsFor(entries: number): number {
  let slots = SLOTS_MIN;
  while (slots < TABLE_SLOTS_MAX && entries * 100 > slots * LOAD_MAX_PERCENT) slots *= 2;
  return slots;
}

/** Slots of the loaded pages that hold something. */
export function countOccupied({ table, arena, pages }: LoadedTable): number {
  const shape = TABLE_SHAPES[table];
  const pageSize = PAGE_SLOTS * shape.slotSize;
  let count = 0;
  for (const page of pages.keys()) {
    for (let offset = page * pageSize; offset < (page + 1) * pageSize; offset += shape.slotSize) {
      if (isOccupied(arena, shape, offset)) count += 1;
    }
  }
  return count;
}

/**
 * Whether a table of `slots` with `entries` has room for `added` more at 70 % load. The largest table of models always has:
 * whoever registered one has reserved its slot, and to change it takes none.
 */
export const hasRoom = (table: HashTable, slots: number, entries: number, added: number): boolean =>
  (table === KernelTable.model && slots === TABLE_SLOTS_MAX) ||
  (entries + added) * 100 <= slots * LOAD_MAX_PERCENT;

/**
 * A new table with room for `added` more entries, into which the live slots of the present one move, byte for byte and in
 * slot order. Expired attestations stay behind. All of its pages count as changed; those of the old one that are past its
 * end leave the state.
 */
export function rehashTable(context: BlockContext, old: LoadedTable, added: number): LoadedTable {
  const { table } = old;
  const shape = TABLE_SHAPES[table];
  const live = liveOffsets(old);
  const slots = slotsFor(live.length + added);
  const { arena, pages } = openTable(context, table, slots);
  for (const offset of live) {
    const slot = findSlot(arena, shape, old.arena, offset);
    assert(slot >= 0, 'a rehash without room');
    arena.set(old.arena.subarray(offset, offset + shape.slotSize), slot * shape.slotSize);
  }
  for (let page = 0; page * PAGE_SLOTS < slots; page++) pages.set(page, undefined);
  for (const page of old.pages.keys())
    if (!pages.has(page)) context.state.delete(stateKeys.tablePage(table, page));
  return { table, arena, pages };
}
