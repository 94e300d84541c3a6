import type { BenchFixtures } from './fixtures.ts';

// The table updates as one writes them first: typed arrays, no objects per row, no bigint, and no other care for speed.
// Written apart from the reference, so that neither's habits show in the other.

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

function isSame(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[aFrom + i] !== b[bFrom + i]) return false;
  return true;
}

/** Byte offset of the slot for the key at `from`, or −1. */
function locate(
  table: DataView,
  bytes: Uint8Array,
  size: number,
  flag: number,
  ops: Uint8Array,
  from: number,
): number {
  const slots = bytes.length / size;
  const low = new DataView(ops.buffer, ops.byteOffset + from, 4).getUint32(0, true);
  let index = Math.imul(0x84222325 ^ low, 0x1b3) & (slots - 1);
  for (let tries = 0; tries < slots; tries++) {
    const slot = index * size;
    if (table.getUint32(slot + flag, true) === 0 || isSame(bytes, slot, ops, from, 32)) return slot;
    index = (index + 1) & (slots - 1);
  }
  return -1;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Kernel 1, straightforwardly. */
export function applyAttestationsPlainly({
  desc,
  attestationOps: ops,
  freshAttestations: table,
}: BenchFixtures): void {
  const [opView, tableView, descView] = [viewOf(ops), viewOf(table), viewOf(desc)];
  const [nowLow, nowHigh] = [descView.getUint32(16, true), descView.getUint32(20, true)];
  for (let op = 0; op < ops.length; op += 144) {
    if (isZero(ops, op + 64, op + 112) || isZero(ops, op, op + 32)) continue;
    const slot = locate(tableView, table, 144, 136, ops, op);
    if (slot < 0) continue;
    if (tableView.getUint32(slot + 136, true) === 0) {
      table.fill(0, slot, slot + 144);
      table.set(ops.subarray(op, op + 32), slot);
      tableView.setUint32(slot + 136, 1, true);
    }
    table.set(ops.subarray(op + 32, op + 132), slot + 32);
    const [low, high] = [opView.getUint32(op + 112, true), opView.getUint32(op + 116, true)];
    const isOver = (low | high) !== 0 && (high < nowHigh || (high === nowHigh && low <= nowLow));
    tableView.setUint32(slot + 132, isOver ? 6 : 2, true);
  }
}

/** Kernel 2 where every op registers, straightforwardly. */
export function applyModelsPlainly({ modelOps: ops, freshModels: table }: BenchFixtures): void {
  const tableView = viewOf(table);
  for (let op = 0; op < ops.length; op += 160) {
    if (isZero(ops, op, op + 32) || isZero(ops, op + 32, op + 64)) continue;
    const slot = locate(tableView, table, 160, 140, ops, op);
    if (slot < 0) continue;
    if (tableView.getUint32(slot + 140, true) === 0) {
      table.fill(0, slot, slot + 160);
      table.set(ops.subarray(op, op + 32), slot);
      tableView.setUint32(slot + 140, 1, true);
    }
    table.set(ops.subarray(op + 32, op + 116), slot + 32);
    table.set(ops.subarray(op + 120, op + 132), slot + 128);
    tableView.setUint32(slot + 120, 1, true);
    tableView.setUint32(slot + 124, 0, true);
  }
}

/** Kernel 3, straightforwardly. */
export function applyAnchorsPlainly({ anchorOps: ops, freshAnchors: table }: BenchFixtures): void {
  const [opView, tableView] = [viewOf(ops), viewOf(table)];
  let slot = 0;
  while (slot < table.length && tableView.getUint32(slot + 112, true) !== 0) slot += 128;
  for (let op = 0; op < ops.length && slot < table.length; op += 128) {
    if (isZero(ops, op, op + 32)) continue;
    if (slot > 0) {
      if (!isSame(ops, op + 32, table, slot - 128, 32)) continue;
      const [high, previousHigh] = [opView.getUint32(op + 100, true), tableView.getUint32(slot - 28, true)];
      const [low, previousLow] = [opView.getUint32(op + 96, true), tableView.getUint32(slot - 32, true)];
      if (high < previousHigh || (high === previousHigh && low <= previousLow)) continue;
    }
    table.set(ops.subarray(op, op + 112), slot);
    tableView.setUint32(slot + 112, 1, true);
    slot += 128;
  }
}
