import { bytesToHex, hexToBytes } from '@aivm/core';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { LruCache } from '../store/lru-cache.ts';
import type { LayeredState, StateChange } from './layered-state.ts';

/** Bytes of values, and count of tree nodes (about 350 bytes each), that stay in memory. */
export interface StateCacheLimits {
  readonly valueBytes: number;
  readonly nodes: number;
}

export const DEFAULT_STATE_CACHE: StateCacheLimits = { valueBytes: 32 * 1024 * 1024, nodes: 65_536 };

/** What a cached value weighs beside its bytes: key text and map entry. */
const VALUE_OVERHEAD_BYTES = 128;
/** Stands for "there is no value" in the cache. */
const ABSENT = new Uint8Array(0);

/**
 * The last accepted state, read from the store. While a block is being written, the store shows its values before the
 * node counts it as accepted; `pin` keeps what they replace, so that readers see the old state until `advance`.
 */
export class AcceptedState implements LayeredState {
  readonly #store: KeyValueStore;
  readonly #values: LruCache<Uint8Array>;
  readonly #nodes: LruCache<Uint8Array>;
  #root: Uint8Array;
  #pinnedValues: ReadonlyMap<string, Uint8Array | undefined> | undefined;
  #pinnedNodes: ReadonlyMap<string, Uint8Array | undefined> | undefined;

  constructor(store: KeyValueStore, root: Uint8Array, limits: StateCacheLimits = DEFAULT_STATE_CACHE) {
    this.#store = store;
    this.#root = root;
    this.#values = new LruCache(limits.valueBytes, (value) => value.length + VALUE_OVERHEAD_BYTES);
    this.#nodes = new LruCache(limits.nodes);
  }

  get root(): Uint8Array {
    return this.#root;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.getByHex(bytesToHex(key), key);
  }

  getNode(hash: Uint8Array): Uint8Array | undefined {
    return this.getNodeByHex(bytesToHex(hash), hash);
  }

  getByHex(hex: string, key: Uint8Array): Uint8Array | undefined {
    if (this.#pinnedValues?.has(hex) === true) return this.#pinnedValues.get(hex);
    const cached = this.#values.get(hex);
    if (cached !== undefined) return cached === ABSENT ? undefined : cached;
    const value = this.#store.get(storeKeys.state(key));
    this.#values.set(hex, value ?? ABSENT);
    return value;
  }

  getNodeByHex(hex: string, hash: Uint8Array): Uint8Array | undefined {
    if (this.#pinnedNodes?.has(hex) === true) return this.#pinnedNodes.get(hex);
    const cached = this.#nodes.get(hex);
    if (cached !== undefined) return cached;
    const node = this.#store.get(storeKeys.treeNode(hash));
    if (node !== undefined) this.#nodes.set(hex, node);
    return node;
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
    const nodes = new Map<string, Uint8Array | undefined>();
    for (const hex of tree.stale) {
      nodes.set(hex, this.#nodes.get(hex) ?? this.getNodeByHex(hex, hexToBytes(hex)));
    }
    this.#pinnedValues = values;
    this.#pinnedNodes = nodes;
  }

  /** Moves to the state after `change`, which the store holds by now. */
  advance({ writes, tree }: StateChange): void {
    this.#pinnedValues = undefined;
    this.#pinnedNodes = undefined;
    this.#root = tree.root;
    for (const [hex, value] of writes) this.#values.set(hex, value ?? ABSENT);
    for (const hex of tree.stale) this.#nodes.delete(hex);
    for (const [hex, node] of tree.added) this.#nodes.set(hex, node);
  }
}
