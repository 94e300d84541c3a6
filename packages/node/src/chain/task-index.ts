import { parse, serialize, utf8ToBytes } from '@aivm/core/bytes';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { taskEntryCodec, taskIdCodec } from '../store/records.ts';

/**
 * Tasks are numbered in the order in which blocks brought them. For every status, model and provider there is a
 * bitmap over these numbers, in chunks: bit n is set when task n has the status, asks for the model, or was drawn to
 * the provider at some time. A query is the AND of its bitmaps, read from the newest chunk down; all of it are
 * single reads, so it needs no iterator, and a chain of a million tasks has 123 chunks.
 */
const CHUNK_TASKS = 8_192;
/** A page looks at no more chunks than this (33 million tasks); it may then be short, with a cursor to go on. */
const CHUNKS_PER_PAGE_MAX = 4_096;

const Facet = { status: 0, model: 1, provider: 2 } as const;
type Facet = (typeof Facet)[keyof typeof Facet];

type Put = (key: Uint8Array, value: Uint8Array | undefined) => void;

/** What the index must know of a task that a block touched. */
export interface TaskChange {
  readonly id: string;
  readonly status: number;
  readonly model: string;
  /** Providers that hold or held it in this block. */
  readonly providers: Iterable<string>;
}

const facetName = (facet: Facet, value: number | string): Uint8Array =>
  facet === Facet.status ? Uint8Array.of(Number(value)) : utf8ToBytes(String(value));

/** Bitmaps as a batch changes them: read once, written once. Trailing zero bytes are not stored. */
class BitmapWriter {
  readonly #store: Pick<KeyValueStore, 'get'>;
  readonly #chunks = new Map<string, { key: Uint8Array; bits: Uint8Array }>();

  constructor(store: Pick<KeyValueStore, 'get'>) {
    this.#store = store;
  }

  set(facet: Facet, value: number | string, task: number, isSet: boolean): void {
    const chunk = Math.floor(task / CHUNK_TASKS);
    const label = `${facet} ${value} ${chunk}`;
    let held = this.#chunks.get(label);
    if (held === undefined) {
      const key = storeKeys.taskFacet(facet, facetName(facet, value), chunk);
      const bits = new Uint8Array(CHUNK_TASKS / 8);
      bits.set(this.#store.get(key) ?? []);
      held = { key, bits };
      this.#chunks.set(label, held);
    }
    const bit = task % CHUNK_TASKS;
    const mask = 1 << (bit & 7);
    const byte = held.bits[bit >> 3] ?? 0;
    held.bits[bit >> 3] = isSet ? byte | mask : byte & ~mask;
  }

  flush(put: Put): void {
    for (const { key, bits } of this.#chunks.values()) {
      let size = bits.length;
      while (size > 0 && bits[size - 1] === 0) size--;
      put(key, size === 0 ? undefined : bits.slice(0, size));
    }
  }
}

/** Adds the index's part to a batch. Gives the count of tasks after it. */
export function indexTasks(
  store: Pick<KeyValueStore, 'get'>,
  taskCount: number,
  changes: Iterable<TaskChange>,
  put: Put,
): number {
  const bitmaps = new BitmapWriter(store);
  let count = taskCount;
  for (const { id, status, model, providers } of changes) {
    const entryKey = storeKeys.taskEntry(id);
    const known = store.get(entryKey);
    const entry = known === undefined ? undefined : parse(taskEntryCodec, known);
    const number = entry?.number ?? count;
    if (entry === undefined) {
      put(storeKeys.taskNumber(number), serialize(taskIdCodec, id));
      bitmaps.set(Facet.model, model, number, true);
      count++;
    }
    if (entry?.status !== status) {
      if (entry !== undefined) bitmaps.set(Facet.status, entry.status, number, false);
      bitmaps.set(Facet.status, status, number, true);
      put(entryKey, serialize(taskEntryCodec, { number, status }));
    }
    for (const provider of providers) bitmaps.set(Facet.provider, provider, number, true);
  }
  bitmaps.flush(put);
  return count;
}

/** Which tasks are wanted: those that are everything that is given. */
export interface TaskQuery {
  readonly status?: number | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
}

/** Task ids of numbers below `before`, newest first, at most `limit`; `next` is where to go on, if anywhere. */
export function findTasks(
  store: Pick<KeyValueStore, 'get'>,
  query: TaskQuery,
  range: { readonly before: number; readonly limit: number },
): { readonly ids: readonly string[]; readonly next: number | undefined } {
  const names: (readonly [facet: number, name: Uint8Array])[] = [];
  for (const facet of Object.keys(Facet) as (keyof typeof Facet)[]) {
    const value = query[facet];
    if (value !== undefined) names.push([Facet[facet], facetName(Facet[facet], value)]);
  }
  const ids: string[] = [];
  let number = range.before - 1;
  for (let visited = 0; number >= 0 && visited < CHUNKS_PER_PAGE_MAX; visited++) {
    const chunk = Math.floor(number / CHUNK_TASKS);
    const bitmaps = names.map(([facet, name]) => store.get(storeKeys.taskFacet(facet, name, chunk)));
    if (bitmaps.includes(undefined)) number = chunk * CHUNK_TASKS - 1;
    for (; number >= chunk * CHUNK_TASKS; number--) {
      if (ids.length === range.limit) return { ids, next: number + 1 };
      if (hasBit(bitmaps, number % CHUNK_TASKS)) ids.push(readTaskId(store, number));
    }
  }
  return { ids, next: number >= 0 ? number + 1 : undefined };
}

function hasBit(bitmaps: readonly (Uint8Array | undefined)[], bit: number): boolean {
  for (const bitmap of bitmaps) if ((((bitmap?.[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0) return false;
  return true;
}

function readTaskId(store: Pick<KeyValueStore, 'get'>, number: number): string {
  const id = store.get(storeKeys.taskNumber(number));
  if (id === undefined) throw new Error(`task index: task ${number} has no id`);
  return parse(taskIdCodec, id);
}
