import { bytesToHex, type CommittedState } from '@aivm/core';

/** A state that is also asked by the hex of a key, so that a stack of overlays turns a key to text only once. */
export interface LayeredState extends CommittedState {
  getByHex(hex: string, key: Uint8Array): Uint8Array | undefined;
  getNodeByHex(hex: string, hash: Uint8Array): Uint8Array | undefined;
}

/** What a block changed, as an execution gives it. */
export interface StateChange {
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly tree: {
    readonly root: Uint8Array;
    readonly added: ReadonlyMap<string, Uint8Array>;
    readonly stale: ReadonlySet<string>;
  };
}

const NO_CHANGE = { writes: new Map<string, Uint8Array | undefined>(), nodes: new Map<string, Uint8Array>() };

/** The state after a block that is not accepted yet: its changes over its parent's state. */
export class OverlayState implements LayeredState {
  readonly root: Uint8Array;
  #parent: LayeredState;
  #writes: ReadonlyMap<string, Uint8Array | undefined>;
  #nodes: ReadonlyMap<string, Uint8Array>;

  constructor(parent: LayeredState, change: StateChange) {
    this.root = change.tree.root;
    this.#parent = parent;
    this.#writes = change.writes;
    this.#nodes = change.tree.added;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.getByHex(bytesToHex(key), key);
  }

  getNode(hash: Uint8Array): Uint8Array | undefined {
    return this.getNodeByHex(bytesToHex(hash), hash);
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

  getNodeByHex(hex: string, hash: Uint8Array): Uint8Array | undefined {
    let layer: LayeredState = this;
    while (layer instanceof OverlayState) {
      const node = layer.#nodes.get(hex);
      if (node !== undefined) return node;
      layer = layer.#parent;
    }
    return layer.getNodeByHex(hex, hash);
  }

  /** Drops the changes once `accepted` holds them: what was built on this overlay then reads through it. */
  settle(accepted: LayeredState): void {
    this.#parent = accepted;
    this.#writes = NO_CHANGE.writes;
    this.#nodes = NO_CHANGE.nodes;
  }
}
