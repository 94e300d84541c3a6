import type { Codec } from './codec.ts';

/** Shorter encodings are made again sooner than they are found. */
const KEPT_BYTES_MIN = 128;

/**
 * A codec that keeps the bytes of a value beside it, for as long as somebody holds the value: for long parts of records
 * that are written again and again while another part changes. Values of records are never mutated.
 */
export function lasting<T extends object>(inner: Codec<T>): Codec<T> {
  const kept = new WeakMap<object, Uint8Array>();
  return {
    ...inner,
    write: (writer, value, name) => {
      const known = typeof value === 'object' && value !== null ? kept.get(value) : undefined;
      if (known !== undefined) {
        writer.bytes(known);
        return;
      }
      const from = writer.size;
      inner.write(writer, value, name);
      if (writer.size - from >= KEPT_BYTES_MIN) kept.set(value, writer.since(from));
    },
    read: (reader, name) => {
      const from = reader.offset;
      const value = inner.read(reader, name);
      if (reader.offset - from >= KEPT_BYTES_MIN) kept.set(value, reader.since(from));
      return value;
    },
  };
}
