/** One change of a batch. */
export type StoreOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** Keys from `from` (included) to `before` (not included; to the end where it is left out), in byte order. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly before?: Uint8Array | undefined;
}

/** A key with its value. */
export type StoreEntry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * Ordered bytes under ordered bytes. An operator can bring another store: test/store/store-compliance.ts states what
 * it must do, here in words. Nobody mutates bytes that went in or came out.
 */
export interface KeyValueStore {
  /** What it is, for logs: "classic-level", "memory". */
  readonly kind: string;
  /** Whether a batch that was written survives the process. */
  readonly durable: boolean;
  /** The value, or undefined. Sees a batch entirely or not at all. @throws Error once closed. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** The entries as they are when the first is taken; later batches do not show. */
  iterate(range: KeyRange): AsyncIterable<StoreEntry>;
  /**
   * Applies all operations or, when it rejects, none or all: a caller that sees it reject cannot know which, and must
   * open the store anew. Of two operations on one key the later counts. `sync`: resolves only once it would survive
   * a power failure.
   */
  batch(operations: readonly StoreOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** Releases everything; idempotent. */
  close(): Promise<void>;
}

/** The range of all keys that begin with `prefix`. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  let size = prefix.length;
  while (size > 0 && prefix[size - 1] === 0xff) size--;
  if (size === 0) return { from: prefix };
  const before = prefix.slice(0, size);
  before[size - 1] = (before[size - 1] ?? 0) + 1;
  return { from: prefix, before };
}
