import { crc32c, maskedCrc32c } from './crc32c.ts';
import { FileDamage, requireSound } from './damage.ts';

/** A log is a sequence of such blocks; no record's piece crosses from one into the next. */
const BLOCK_BYTES = 32_768;
/** Masked CRC-32C of type and data (4), size of the data (2), type (1). */
const HEADER_BYTES = 7;
/** The least that a disk writes at once: what a power failure left out reads as a blank sector. */
const SECTOR_BYTES = 512;

/** A piece of a record: whole, or the first, a middle or the last one. */
const PIECE = { full: 1, first: 2, middle: 3, last: 4 } as const;

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** Whether a sector of the file between `from` and its end is blank. */
function hasBlankSector(file: Uint8Array, from: number): boolean {
  for (let at = Math.ceil(from / SECTOR_BYTES) * SECTOR_BYTES; at < file.length; at += SECTOR_BYTES) {
    if (isBlank(file.subarray(at, at + SECTOR_BYTES))) return true;
  }
  return false;
}

function isSound(file: Uint8Array, at: number, size: number): boolean {
  const stored = new DataView(file.buffer, file.byteOffset + at, 4).getUint32(0, true);
  return stored === maskedCrc32c(crc32c(file, at + 6, at + HEADER_BYTES + size));
}

/** The piece at `at`, if it is whole and matches its checksum. */
function soundPiece(
  file: Uint8Array,
  at: number,
): { readonly size: number; readonly type: number } | undefined {
  const left = Math.min(BLOCK_BYTES - (at % BLOCK_BYTES), file.length - at);
  if (left < HEADER_BYTES) return undefined;
  const size = (file[at + 4] ?? 0) + 256 * (file[at + 5] ?? 0);
  if (HEADER_BYTES + size > left || !isSound(file, at, size)) return undefined;
  return { size, type: file[at + 6] ?? 0 };
}

/**
 * Whether the engine wrote anything after the piece at `at`. Its size may be what is damaged, so every place in the rest
 * of its block can begin the next piece. Only a damaged log pays for this: at most 0.5 s.
 */
function isFollowed(file: Uint8Array, at: number): boolean {
  const next = (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES;
  for (let place = at + HEADER_BYTES; place < Math.min(next, file.length); place++) {
    const type = file[place + 6] ?? 0;
    if (type >= PIECE.full && type <= PIECE.last && soundPiece(file, place) !== undefined) return true;
  }
  for (let block = next; block < file.length; block += BLOCK_BYTES) {
    if (soundPiece(file, block) !== undefined) return true;
  }
  return false;
}

/**
 * Whether what begins at `at` can be a write that a crash cut short: nothing follows it, and it is shorter than it says
 * or a sector of it never reached the disk. A piece that is whole and does not match was changed afterwards.
 */
function isTorn(file: Uint8Array, at: number): boolean {
  const rest = file.length - at - HEADER_BYTES;
  if (rest < 0) return true;
  const size = (file[at + 4] ?? 0) + 256 * (file[at + 5] ?? 0);
  if (isFollowed(file, at)) return false;
  if (hasBlankSector(file, at)) return true;
  // The data is whole and only the size beside it was changed.
  if (rest < size) return !isSound(file, at, rest);
  return false;
}

/**
 * Reads a write-ahead log or a manifest, each piece against its checksum. The engine itself drops a damaged piece and
 * whatever stood in the same block, and goes on: a chain would come back shorter, or with a hole. A write that a crash
 * cut short at the very end is sound: nobody was told that it is kept.
 * @throws FileDamage
 */
export function checkLog(file: Uint8Array): void {
  let isInside = false;
  for (let at = 0; at < file.length; ) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      requireSound(isBlank(file.subarray(at, at + left)), () => `the padding at ${at} is not zero`);
      at += left;
      continue;
    }
    const piece = soundPiece(file, at);
    if (piece === undefined) {
      if (isTorn(file, at)) return;
      throw new FileDamage(`the record at ${at} does not match its checksum`);
    }
    const { size, type } = piece;
    const continues: boolean = type === PIECE.middle || type === PIECE.last;
    requireSound(continues === isInside, () => `the record at ${at} is out of order`);
    isInside = type === PIECE.first || type === PIECE.middle;
    at += HEADER_BYTES + size;
  }
}
