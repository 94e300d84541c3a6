import { bytesToHex, hexToBytes, type NodeReader, type TreeUpdate } from '@aivm/core';

/** A node store that counts reads. */
export class MapStore implements NodeReader {
  readonly nodes = new Map<string, Uint8Array>();
  readonly reads: string[] = [];

  getNode(hash: Uint8Array): Uint8Array | undefined {
    const hex = bytesToHex(hash);
    this.reads.push(hex);
    return this.nodes.get(hex);
  }

  accept(update: TreeUpdate): Uint8Array {
    for (const hash of update.stale) {
      if (!this.nodes.delete(hash)) throw new Error(`stale node ${hash} was not there`);
    }
    for (const [hash, bytes] of update.added) {
      if (this.nodes.has(hash)) throw new Error(`added node ${hash} was there already`);
      this.nodes.set(hash, bytes);
    }
    return update.root;
  }

  toHexMap(): Map<string, string> {
    return new Map([...this.nodes].map(([hash, bytes]) => [hash, bytesToHex(bytes)]));
  }
}

export type Change = readonly [key: string, value: Uint8Array | undefined];

/** Changes with keys in hex, last writer wins, as `updateStateTree` takes them. */
export const toChanges = (
  changes: Iterable<Change>,
): readonly (readonly [Uint8Array, Uint8Array | undefined])[] =>
  [...new Map(changes)].map(([key, value]) => [hexToBytes(key), value] as const);
