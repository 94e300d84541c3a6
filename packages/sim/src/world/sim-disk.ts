import { bytesToHex, compareBytes } from '@aivm/core/bytes';
import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from '@aivm/node';

/** When a machine dies while it writes a batch: before any of it is on the disk, or when all of it is. */
export type CrashMoment = 'before' | 'after';

/** Thrown by every call of a machine that died. */
export class MachineDied extends Error {
  override readonly name = 'MachineDied';
}

/** What a batch leaves under the text of a key; undefined deletes. */
type Write = readonly [hex: string, entry: StoreEntry | undefined];

/** Batches as they are written: nodes that share work write the same one. */
const WRITES = new WeakMap<readonly StoreOperation[], readonly Write[]>();

function writesOf(operations: readonly StoreOperation[]): readonly Write[] {
  const known = WRITES.get(operations);
  if (known !== undefined) return known;
  const writes = operations.map((operation): Write => {
    const { key } = operation;
    return [bytesToHex(key), operation.type === 'put' ? [key, operation.value] : undefined];
  });
  WRITES.set(operations, writes);
  return writes;
}

/**
 * A disk that outlives the processes that use it. It promises what a node's store may rely on and no more: a batch is
 * there in whole or not at all, and one that was not synced is lost when the machine dies.
 */
export class SimDisk {
  readonly #entries = new Map<string, StoreEntry>();
  /** What unsynced batches replaced, oldest first: a power failure takes them back. */
  #undo: (readonly [hex: string, before: StoreEntry | undefined])[] = [];
  #mount: SimStore | undefined;

  /** A store on this disk, for one life of a process. The previous one is dead. */
  mount(): SimStore {
    this.powerOff();
    this.#mount = new SimStore(this.#entries, (operations, sync) => this.#write(operations, sync));
    return this.#mount;
  }

  /** The machine dies: its programs can no longer use the disk, and what was not synced is gone. */
  powerOff(): void {
    this.#mount?.die();
    this.#mount = undefined;
    for (const [hex, before] of this.#undo.reverse()) {
      if (before === undefined) this.#entries.delete(hex);
      else this.#entries.set(hex, before);
    }
    this.#undo = [];
  }

  #write(operations: readonly StoreOperation[], sync: boolean): void {
    for (const [hex, entry] of writesOf(operations)) {
      if (!sync) this.#undo.push([hex, this.#entries.get(hex)]);
      if (entry === undefined) this.#entries.delete(hex);
      else this.#entries.set(hex, entry);
    }
    // Syncing makes everything before it durable too.
    if (sync) this.#undo = [];
  }

  /** Every entry whose key begins with this letter. */
  *entries(prefix: string): Iterable<StoreEntry> {
    const byte = prefix.charCodeAt(0);
    for (const entry of this.#entries.values()) if (entry[0][0] === byte) yield entry;
  }
}

/** One life of a store: dead once its machine died. */
export class SimStore implements KeyValueStore {
  readonly kind = 'simulated';
  readonly durable = true;
  readonly #entries: ReadonlyMap<string, StoreEntry>;
  readonly #write: (operations: readonly StoreOperation[], sync: boolean) => void;
  #crash: CrashMoment | undefined;
  #isDead = false;

  constructor(
    entries: ReadonlyMap<string, StoreEntry>,
    write: (operations: readonly StoreOperation[], sync: boolean) => void,
  ) {
    this.#entries = entries;
    this.#write = write;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertAlive();
    return this.#entries.get(bytesToHex(key))?.[1];
  }

  async *iterate({ from, before }: KeyRange): AsyncIterable<StoreEntry> {
    this.#assertAlive();
    const isInRange = ([key]: StoreEntry): boolean =>
      compareBytes(key, from) >= 0 && (before === undefined || compareBytes(key, before) < 0);
    yield* [...this.#entries.values()].filter(isInRange).sort(([left], [right]) => compareBytes(left, right));
  }

  async batch(operations: readonly StoreOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    this.#assertAlive();
    const crash = this.#crash;
    if (crash === 'before') this.die();
    else this.#write(operations, sync);
    if (crash !== undefined) {
      this.die();
      throw new MachineDied(`the machine died ${crash} the batch was on the disk`);
    }
  }

  async close(): Promise<void> {
    this.die();
  }

  /** The next batch is the last thing that this life tries. */
  crashNext(moment: CrashMoment): void {
    this.#crash = moment;
  }

  die(): void {
    this.#isDead = true;
  }

  #assertAlive(): void {
    if (this.#isDead) throw new MachineDied('this machine died');
  }
}
