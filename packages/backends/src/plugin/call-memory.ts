import { AIVMRoundDescriptor } from '@aivm/core/layout';

/** An arena that a plugin writes: where it writes, and how the caller's arena gets the result. */
export interface WritableArena {
  readonly bytes: Uint8Array;
  /** Called after success only. */
  commit(): void;
}

/** Gives plugin calls their memory. No byte of a caller's arena changes unless the call succeeded. */
export interface CallMemory {
  /** Memory that holds `arena` and is only read. */
  readable(arena: Uint8Array): Uint8Array;
  /** Memory that holds `arena` and is written. */
  writable(arena: Uint8Array): WritableArena;
}

/** Plugins may read any field with an aligned load. */
const ALIGNMENT = 8;

/** Stands in for an empty arena: the interface knows no NULL. As large as the largest struct. */
const PLACEHOLDER_SIZE = 1024;

/** Bytes in a buffer of their own, which never moves: small typed arrays else live where the collector moves them. */
const createBytes = (size: number): Uint8Array => new Uint8Array(new ArrayBuffer(size));

const canPass = (arena: Uint8Array): boolean => arena.length > 0 && arena.byteOffset % ALIGNMENT === 0;

function copyOf(arena: Uint8Array): Uint8Array {
  const copy = createBytes(arena.length === 0 ? PLACEHOLDER_SIZE : arena.length);
  copy.set(arena);
  return copy;
}

function copyToWrite(arena: Uint8Array): WritableArena {
  const bytes = copyOf(arena);
  return { bytes, commit: () => arena.set(bytes.subarray(0, arena.length)) };
}

/** The caller's own memory where it can be passed: for plugins whose failures write nothing, while the caller waits. */
export const callersMemory: CallMemory = {
  readable: (arena) => (canPass(arena) ? arena : copyOf(arena)),
  writable: (arena) => (canPass(arena) ? { bytes: arena, commit: () => {} } : copyToWrite(arena)),
};

/** Copies of what is written: a plugin that writes and then fails has written to nobody's memory. */
export const guardedMemory: CallMemory = { readable: callersMemory.readable, writable: copyToWrite };

/** Copies of everything: for calls that run while the caller goes on. */
export const detachedMemory: CallMemory = { readable: copyOf, writable: copyToWrite };

type CountField = 'AttestationOpCount' | 'ModelOpCount' | 'AnchorOpCount';

/** The descriptor with one count set to `opCount`: the interface tells a plugin no other length of the op array. */
export function cappedDescriptor(desc: Uint8Array, field: CountField, opCount: number): Uint8Array {
  const copy = copyOf(desc);
  AIVMRoundDescriptor.at(copy)[field] = opCount;
  return copy;
}

/** A u32 that a plugin writes. */
export function createWord(): { bytes: Uint8Array; read(): number } {
  const bytes = createBytes(ALIGNMENT);
  return { bytes, read: () => new DataView(bytes.buffer).getUint32(0, true) };
}
