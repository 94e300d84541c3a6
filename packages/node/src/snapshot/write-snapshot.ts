import type { BlockHeader } from '@aivm/core/block';
import { bytesToHex, compareBytes, equalBytes, parse, serialize } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  hashReceiptPart,
  hashStatePart,
  RECEIPTS_PER_PART,
  type Receipt,
  readChain,
  receiptCodec,
  receiptLeaf,
  type StatePart,
  stateKeyHash,
} from '@aivm/core/state';
import { columnPrefix, storeKeys } from '../store/columns.ts';
import { type KeyValueStore, prefixRange, type StoreEntry } from '../store/key-value-store.ts';
import { executionCodec } from '../store/records.ts';
import { headChunkCodec, receiptsChunkCodec, type StateEntry, stateChunkCodec } from './chunks.ts';
import {
  CHUNK_BYTES_MAX,
  createSnapshot,
  SNAPSHOT_FORMAT,
  type Snapshot,
  STATE_PARTS_MAX,
} from './snapshot.ts';
import type { SnapshotWriter } from './snapshot-folder.ts';

/** What chunks of values are aimed at. */
const CHUNK_BYTES = 512 * 1_024;
const BITS_MAX = Math.log2(STATE_PARTS_MAX);

/** What a snapshot is taken of. */
export interface SnapshotSource {
  readonly store: KeyValueStore;
  /** The last accepted block. */
  readonly id: Uint8Array;
  readonly header: BlockHeader;
}

interface HashedEntry extends StateEntry {
  readonly keyHash: Uint8Array;
}

/** The first `bits` of a key hash as a number. */
const groupOf = (keyHash: Uint8Array, bits: number): number =>
  (((keyHash[0] ?? 0) << 8) | (keyHash[1] ?? 0)) >> (16 - bits);

/** How many bits of a key hash tell the chunks of so many bytes apart. */
const bitsFor = (bytes: number): number =>
  Math.min(BITS_MAX, Math.max(0, Math.ceil(Math.log2(Math.max(1, bytes / CHUNK_BYTES)))));

async function readState(entries: AsyncIterable<StoreEntry>): Promise<{ all: HashedEntry[]; bytes: number }> {
  const all: HashedEntry[] = [];
  const prefixSize = columnPrefix('state').length;
  let bytes = 0;
  for await (const [storeKey, value] of entries) {
    const key = storeKey.slice(prefixSize);
    all.push({ key, value, keyHash: stateKeyHash(key) });
    bytes += key.length + value.length + 8;
  }
  all.sort((left, right) => compareBytes(left.keyHash, right.keyHash));
  return { all, bytes };
}

/** Entries by what their hashes begin with, each group a node of the tree; groups too long for a chunk are cut finer. */
function* groupsOf(all: readonly HashedEntry[], bytes: number): Generator<readonly HashedEntry[]> {
  const bits = bitsFor(bytes);
  for (let start = 0; start < all.length; ) {
    const group = groupOf((all[start] as HashedEntry).keyHash, bits);
    let end = start;
    while (end < all.length && groupOf((all[end] as HashedEntry).keyHash, bits) === group) end++;
    yield all.slice(start, end);
    start = end;
  }
}

const tooLarge = (what: string, size: number): AivmError =>
  new AivmError(
    'not_supported',
    `snapshot: ${what} of ${size} bytes, a chunk has at most ${CHUNK_BYTES_MAX}`,
  );

/** Whether blocks executed vertices: what is in them is known from history alone. */
async function assertNoVertices(store: KeyValueStore): Promise<void> {
  for await (const _ of store.iterate(prefixRange(columnPrefix('vertexEntry')))) {
    throw new AivmError(
      'not_supported',
      'snapshot: blocks of this chain executed vertices, whose history no state root commits to',
    );
  }
}

async function* receiptParts(
  entries: AsyncIterable<StoreEntry>,
  count: number,
): AsyncGenerator<readonly Receipt[]> {
  let part: Receipt[] = [];
  let seen = 0;
  for await (const [, value] of entries) {
    if (seen++ >= count) break;
    part.push(parse(receiptCodec, value));
    if (part.length < RECEIPTS_PER_PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/**
 * Writes the snapshot of the last accepted block. The state is held in memory while it is sorted. Blocks may be accepted
 * meanwhile: what is read is what the store held at the call.
 * @throws AivmError `not_supported` for a chain with vertices, or with a value that no chunk holds; `wrong_state` where a
 * block came between, so that it must be taken again.
 */
export async function writeSnapshot(
  { store, id, header }: SnapshotSource,
  writer: SnapshotWriter,
): Promise<Snapshot> {
  // Both views of the store begin here, before anything is awaited.
  const state = store.iterate(prefixRange(columnPrefix('state')))[Symbol.asyncIterator]();
  const receipts = store.iterate(prefixRange(columnPrefix('receipt')))[Symbol.asyncIterator]();
  const begun = Promise.all([state.next(), receipts.next()]);
  const genesisHash = readChain({ get: (key) => store.get(storeKeys.state(key)) }).genesisHash;
  const [firstState, firstReceipt] = await begun;
  await assertNoVertices(store);
  await writer.put(0, headChunk(store, id));
  let index = 1;
  const put = async (what: string, bytes: Uint8Array): Promise<void> => {
    if (bytes.length > CHUNK_BYTES_MAX) throw tooLarge(what, bytes.length);
    await writer.put(index++, bytes);
  };
  const { all, bytes } = await readState(rest(firstState, state));
  const parts: StatePart[] = [];
  for (const entries of groupsOf(all, bytes)) {
    parts.push(hashStatePart(entries) as StatePart);
    await put('values', serialize(stateChunkCodec, entries));
  }
  const hashes: Uint8Array[] = [];
  for await (const part of receiptParts(rest(firstReceipt, receipts), header.receiptCount)) {
    hashes.push(hashReceiptPart(part.map(receiptLeaf)));
    await put('receipts', serialize(receiptsChunkCodec, part));
  }
  const snapshot = created({ format: SNAPSHOT_FORMAT, genesisHash, header, state: parts, receipts: hashes });
  if (!equalBytes(snapshot.blockId, id))
    throw new Error(`snapshot: the header is not that of ${bytesToHex(id)}`);
  return snapshot;
}

/** A manifest whose parts do not lead to the roots is one of two states. */
function created(manifest: Parameters<typeof createSnapshot>[0]): Snapshot {
  try {
    return createSnapshot(manifest);
  } catch (cause) {
    if (!(cause instanceof AivmError) || cause.code !== 'malformed') throw cause;
    throw new AivmError('wrong_state', `${cause.detail}: a block came between; take it again`, { cause });
  }
}

async function* rest<T>(first: IteratorResult<T>, iterator: AsyncIterator<T>): AsyncGenerator<T> {
  for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
}

function headChunk(store: KeyValueStore, id: Uint8Array): Uint8Array {
  const block = store.get(storeKeys.block(id));
  const execution = store.get(storeKeys.execution(id));
  if (block === undefined || execution === undefined) throw new Error(`snapshot: no block ${bytesToHex(id)}`);
  const { outcomes } = parse(executionCodec, execution);
  const bytes = serialize(headChunkCodec, { block, outcomes });
  if (bytes.length > CHUNK_BYTES_MAX) throw tooLarge('a block', bytes.length);
  return bytes;
}
