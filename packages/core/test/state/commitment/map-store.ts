import { bytesToHex, equalBytes, hexToBytes } from '@aivm/core/bytes';
import type { TreeUpdate } from '@aivm/core/state';
import type { TreeReader } from '../../../src/state/commitment/node.ts';

/** A store of pages that counts reads. */
export class MapStore implements TreeReader {
  readonly pages = new Map<string, Uint8Array>();
  readonly reads: string[] = [];

  getPage(pageKey: string): Uint8Array | undefined {
    this.reads.push(pageKey);
    return this.pages.get(pageKey);
  }

  accept(update: TreeUpdate): Uint8Array {
    for (const [pageKey, page] of update.pages) {
      const old = this.pages.get(pageKey);
      if (page === undefined && !this.pages.delete(pageKey)) throw new Error(`no page ${pageKey} to delete`);
      if (page === undefined) continue;
      if (old !== undefined && equalBytes(old, page)) throw new Error(`page ${pageKey} did not change`);
      this.pages.set(pageKey, page);
    }
    return update.root;
  }

  toHexMap(): Map<string, string> {
    return new Map([...this.pages].map(([pageKey, page]) => [pageKey, bytesToHex(page)]));
  }
}

export type Change = readonly [key: string, value: Uint8Array | undefined];

/** Changes with keys in hex, last writer wins, as `updateStateTree` takes them. */
export const toChanges = (
  changes: Iterable<Change>,
): readonly (readonly [Uint8Array, Uint8Array | undefined])[] =>
  [...new Map(changes)].map(([key, value]) => [hexToBytes(key), value] as const);
