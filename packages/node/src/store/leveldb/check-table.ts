import { crc32c, maskedCrc32c } from './crc32c.ts';
import { requireSound } from './damage.ts';
import { readVarint, unpackSnappy } from './snappy.ts';

/** Footer: two handles, zero padding, a magic number. */
const FOOTER_BYTES = 48;
const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
/** After each block: one byte of its packing, four of its masked CRC-32C. */
const TRAILER_BYTES = 5;

/** Where a block is, its trailer left out. */
interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

function readHandle(bytes: Uint8Array, at: number): { readonly handle: BlockHandle; readonly next: number } {
  const offset = readVarint(bytes, at);
  const size = readVarint(bytes, offset.next);
  return { handle: { offset: offset.value, size: size.value }, next: size.next };
}

/** The block's contents as they are in the file, after its checksum was compared. */
function checkBlock(file: Uint8Array, { offset, size }: BlockHandle): Uint8Array {
  const end = offset + size;
  requireSound(
    end + TRAILER_BYTES <= file.length - FOOTER_BYTES,
    () => `the block at ${offset} is longer than the file`,
  );
  const stored = new DataView(file.buffer, file.byteOffset + end + 1, 4).getUint32(0, true);
  const computed = maskedCrc32c(crc32c(file, offset, end + 1));
  requireSound(stored === computed, () => `the block at ${offset} does not match its checksum`);
  return file.subarray(offset, end);
}

/** The handles that an index block lists: its values, in order. */
function readIndex(file: Uint8Array, handle: BlockHandle): readonly BlockHandle[] {
  const raw = checkBlock(file, handle);
  const packing = file[handle.offset + handle.size];
  requireSound(
    packing === 0 || packing === 1,
    () => `the block at ${handle.offset}: unknown packing ${packing}`,
  );
  const block = packing === 1 ? unpackSnappy(raw) : raw;
  requireSound(block.length >= 4, () => `the block at ${handle.offset} has no list of restarts`);
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4, 4).getUint32(0, true);
  const end = block.length - 4 * (restarts + 1);
  requireSound(
    end >= 0,
    () => `the block at ${handle.offset}: ${restarts} restarts in ${block.length} bytes`,
  );
  const handles: BlockHandle[] = [];
  for (let at = 0; at < end; ) {
    const shared = readVarint(block, at);
    const keySize = readVarint(block, shared.next);
    const valueSize = readVarint(block, keySize.next);
    const valueAt = valueSize.next + keySize.value;
    requireSound(valueAt + valueSize.value <= end, () => `the block at ${handle.offset} ends early`);
    handles.push(readHandle(block, valueAt).handle);
    at = valueAt + valueSize.value;
  }
  return handles;
}

/**
 * Reads every byte of a table file: each block against its checksum, and that the blocks and the footer fill the file
 * without a gap.
 * @throws FileDamage
 */
export function checkTable(file: Uint8Array): void {
  requireSound(
    file.length >= FOOTER_BYTES,
    () => `${file.length} bytes, a table has at least ${FOOTER_BYTES}`,
  );
  const footer = file.subarray(file.length - FOOTER_BYTES);
  requireSound(
    MAGIC.every((byte, i) => footer[FOOTER_BYTES - 8 + i] === byte),
    () => 'the file does not end as a table does: it was cut or overwritten',
  );
  const meta = readHandle(footer, 0);
  const index = readHandle(footer, meta.next);
  const padding = footer.subarray(index.next, FOOTER_BYTES - 8);
  requireSound(
    padding.every((byte) => byte === 0),
    () => 'the padding of the footer is not zero',
  );
  const data = readIndex(file, index.handle);
  const filters = readIndex(file, meta.handle);
  for (const handle of [...data, ...filters]) checkBlock(file, handle);
  const blocks = [...data, ...filters, meta.handle, index.handle].sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, size } of blocks) {
    requireSound(offset === end, () => `bytes ${end} to ${offset} belong to no block`);
    end = offset + size + TRAILER_BYTES;
  }
  requireSound(end === file.length - FOOTER_BYTES, () => `bytes from ${end} on belong to no block`);
}
