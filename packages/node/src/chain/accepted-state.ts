import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { storeKeys } from '../store/columns.ts';
import { GenerationalCache } from '../store/generational-cache.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import type { LayeredState, StateChange } from './layered-state.ts';

/** Bytes of values, and of pages of the state tree (of 2 KiB at most), that stay in memory. */
export interface StateCacheLimits {
  readonly valueBytes: number;
  readonly treeBytes: number;
}

export const DEFAULT_STATE_CACHE: StateCacheLimits = {
  valueBytes: 32 * 1024 * 1024,
  treeBytes: 32 * 1024 * 1024,
};

/** What a cached value or page weighs beside its bytes: key text and map entry. */
const ENTRY_OVERHEAD_BYTES = 128;
const weightOf = (bytes: Uint8Array): number => bytes.length + ENTRY_OVERHEAD_BYTES;
/** Stands for "there is nothing" in the caches. */
const ABSENT = new Uint8Array(0);

/**
 * The last accepted state, read from the store. While a block is being written, the store shows its values before the
 * node counts it as accepted; `pin` keeps what they replace, so that readers see the old state until `advance`.
 */
export class AcceptedState implements LayeredState {
  readonly #store: KeyValueStore;
  readonly #values: GenerationalCache<Uint8Array>;
  readonly #pages: GenerationalCache<Uint8Array>;
  #root: Uint8Array;
  #pinnedValues: ReadonlyMap<string, Uint8Array | undefined> | undefined;
  #pinnedPages: ReadonlyMap<string, Uint8Array | undefined> | undefined;

  constructor(store: KeyValueStore, root: Uint8Array, limits: StateCacheLimits = DEFAULT_STATE_CACHE) {
    this.#store = store;
    this.#root = root;
    this.#values = new GenerationalCache(limits.valueBytes, weightOf);
    this.#pages = new GenerationalCache(limits.treeBytes, weightOf);
  }

  get root(): Uint8Array {
    return this.#root;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.getByHex(bytesToHex(key), key);
  }

  getByHex(hex: string, key: Uint8Array): Uint8Array | undefined {
    if (this.#pinnedValues?.has(hex) === true) return this.#pinnedValues.get(hex);
    const cached = this.#values.get(hex);
    if (cached !== undefined) return cached === ABSENT ? undefined : cached;
    const value = this.#store.get(storeKeys.state(key));
    this.#values.set(hex, value ?? ABSENT);
    return value;
  }

  getPage(pageKey: string): Uint8Array | undefined {
    if (this.#pinnedPages?.has(pageKey) === true) return this.#pinnedPages.get(pageKey);
    const cached = this.#pages.get(pageKey);
    if (cached !== undefined) return cached === ABSENT ? undefined : cached;
    const page = this.#store.get(storeKeys.treePage(pageKey));
    this.#pages.set(pageKey, page ?? ABSENT);
    return page;
  }

  /** Holds on to everything that writing `change` replaces. */
  pin({ writes, tree }: StateChange): void {
    const values = new Map<string, Uint8Array | undefined>();
    // Most of it is cached: a key becomes bytes only where the store is asked.
    for (const hex of writes.keys()) {
      const cached = this.#values.get(hex);
      if (cached === undefined) values.set(hex, this.getByHex(hex, hexToBytes(hex)));
      else values.set(hex, cached === ABSENT ? undefined : cached);
    }
    const pages = new Map<string, Uint8Array | undefined>();
    for (const pageKey of tree.pages.keys()) pages.set(pageKey, this.getPage(pageKey));
    this.#pinnedValues = values;
    this.#pinnedPages = pages;
  }

  /** Moves to the state after `change`, which the store holds by now. */
  advance({ writes, tree }: StateChange): void {
    this.#pinnedValues = undefined;
    this.#pinnedPages = undefined;
    this.#root = tree.root;
    for (const [hex, value] of writes) this.#values.set(hex, value ?? ABSENT);
    for (const [pageKey, page] of tree.pages) this.#pages.set(pageKey, page ?? ABSENT);
  }
}
