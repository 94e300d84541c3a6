import { bytesToHex } from '@aivm/core/bytes';
import type { CommittedState, TreeUpdate } from '@aivm/core/state';

/** A state that is also asked by the hex of a key, so that a stack of overlays turns a key to text only once. */
export interface LayeredState extends CommittedState {
  getByHex(hex: string, key: Uint8Array): Uint8Array | undefined;
}

/** What a block changed, as an execution gives it. */
export interface StateChange {
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly tree: TreeUpdate;
}

const NO_CHANGE: ReadonlyMap<string, Uint8Array | undefined> = new Map();

/** The state after a block that is not accepted yet: its changes over its parent's state. */
export class OverlayState implements LayeredState {
  readonly root: Uint8Array;
  #parent: LayeredState;
  #writes: ReadonlyMap<string, Uint8Array | undefined>;
  #pages: ReadonlyMap<string, Uint8Array | undefined>;

  constructor(parent: LayeredState, change: StateChange) {
    this.root = change.tree.root;
    this.#parent = parent;
    this.#writes = change.writes;
    this.#pages = change.tree.pages;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.getByHex(bytesToHex(key), key);
  }

  // A loop, not a recursion: as deep as there are processing blocks above one another.
  getByHex(hex: string, key: Uint8Array): Uint8Array | undefined {
    let layer: LayeredState = this;
    while (layer instanceof OverlayState) {
      const value = layer.#writes.get(hex);
      if (value !== undefined || layer.#writes.has(hex)) return value;
      layer = layer.#parent;
    }
    return layer.getByHex(hex, key);
  }

  getPage(pageKey: string): Uint8Array | undefined {
    let layer: LayeredState = this;
    while (layer instanceof OverlayState) {
      const page = layer.#pages.get(pageKey);
      if (page !== undefined || layer.#pages.has(pageKey)) return page;
      layer = layer.#parent;
    }
    return layer.getPage(pageKey);
  }

  /** Drops the changes once `accepted` holds them: what was built on this overlay then reads through it. */
  settle(accepted: LayeredState): void {
    this.#parent = accepted;
    this.#writes = NO_CHANGE;
    this.#pages = NO_CHANGE;
  }
}
