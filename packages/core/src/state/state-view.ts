import type { Codec } from '../bytes/codec/codec.ts';
import type { TreeReader } from './commitment/node.ts';

/** Read access to the values of a state. The type itself cannot write. */
export interface StateReader {
  /** The value under a key of {@link stateKeys}, or undefined. The bytes are not to be mutated. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** The parsed value, where the reader keeps parsed values; {@link readRecord} falls back to `get`. */
  record?<T>(key: Uint8Array, codec: Codec<T>): T | undefined;
}

/** A committed state: values, the tree over them, and its root. */
export interface CommittedState extends StateReader, TreeReader {
  readonly root: Uint8Array;
}
