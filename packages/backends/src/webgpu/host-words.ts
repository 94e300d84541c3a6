/** A view for reading and writing the words of an arena in place. */
export const viewOf = (arena: Uint8Array): DataView =>
  new DataView(arena.buffer, arena.byteOffset, arena.length);

/** The u64 at `offset` as low and high word. */
export function u64At(arena: Uint8Array, offset: number): readonly [number, number] {
  const view = viewOf(arena);
  return [view.getUint32(offset, true), view.getUint32(offset + 4, true)];
}
