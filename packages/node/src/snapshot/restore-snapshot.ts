import type { BlockHeader } from '@aivm/core/block';
import { bytesToHex, equalBytes, parse, serialize, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { createGenesis, type Genesis, hashGenesis } from '@aivm/core/execute';
import {
  appendReceiptLeaf,
  EMPTY_FRONTIER,
  EMPTY_STATE_ROOT,
  KEY_PREFIXES,
  readChain,
  receiptCodec,
  receiptLeaf,
  taskCodec,
  updateStateTree,
} from '@aivm/core/state';
import { identityOf } from '../chain/open-chain.ts';
import { indexTasks, type TaskChange } from '../chain/task-index.ts';
import { wipeMarked, wipeUnfinished } from '../chain/wipe-store.ts';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore, StoreOperation } from '../store/key-value-store.ts';
import {
  baseCodec,
  executionCodec,
  type Head,
  headCodec,
  heightEntryCodec,
  serializeNumber,
  transactionPlaceCodec,
} from '../store/records.ts';
import { type Chunk, parseChunk } from './chunks.ts';
import { type Snapshot, snapshotName } from './snapshot.ts';

/** A block that somebody vouches for: a light client, or a person who looked it up at a node that they trust. */
export interface TrustedBlock {
  readonly height: number;
  readonly id: Uint8Array;
}

/** What restoring takes. */
export interface RestoreOptions {
  /** Of nothing else than this chain; what it holds is removed. */
  readonly store: KeyValueStore;
  readonly genesis: Genesis;
  readonly snapshot: Snapshot;
  /** Without it a snapshot is of any state that somebody made up. */
  readonly trusted: TrustedBlock;
  readonly readChunk: (index: number) => Promise<Uint8Array>;
  /** Called after every chunk. */
  readonly onChunk?: ((index: number) => void) | undefined;
}

/** Tasks that are indexed with one batch. */
const TASKS_AT_ONCE = 1_000;
const TASK_KEY_BYTE = utf8ToBytes(KEY_PREFIXES.task)[0];

/** @throws AivmError `malformed` unless the snapshot is of that block, `wrong_chain` unless it is of that chain. */
export function assertTrusted(snapshot: Snapshot, genesis: Genesis, { height, id }: TrustedBlock): void {
  const { header, blockId, genesisHash } = snapshot;
  if (!equalBytes(genesisHash, hashGenesis(genesis)) || header.chainId !== genesis.chainId) {
    throw new AivmError(
      'wrong_chain',
      `${snapshotName(snapshot)}: its genesis hash is 0x${bytesToHex(genesisHash)}`,
    );
  }
  if (header.height !== height || !equalBytes(blockId, id)) {
    throw new AivmError(
      'malformed',
      `${snapshotName(snapshot)}: it is of height ${header.height} and block 0x${bytesToHex(blockId)}, trusted is ${height}:0x${bytesToHex(id)}`,
    );
  }
}

interface TaskFacts extends TaskChange {
  readonly createdAtHeight: number;
}

const put = (key: Uint8Array, value: Uint8Array): StoreOperation => ({ type: 'put', key, value });

/** Writes chunks into a store, each verified before anything of it is written. */
class Restoration {
  readonly #store: KeyValueStore;
  readonly #tasks: TaskFacts[] = [];
  #root: Uint8Array = EMPTY_STATE_ROOT;
  #frontier = EMPTY_FRONTIER;
  #head: Extract<Chunk, { kind: 'head' }> | undefined;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  async write(chunk: Chunk): Promise<void> {
    if (chunk.kind === 'head') this.#head = chunk;
    else if (chunk.kind === 'state') await this.#writeState(chunk);
    else await this.#writeReceipts(chunk);
  }

  async #writeState({ entries }: Extract<Chunk, { kind: 'state' }>): Promise<void> {
    const store = this.#store;
    const reader = { getPage: (key: string) => store.get(storeKeys.treePage(key)) };
    const { root, pages } = updateStateTree(
      reader,
      this.#root,
      entries.map(({ key, value }) => [key, value] as const),
    );
    const operations = entries.map(({ key, value }) => put(storeKeys.state(key), value));
    for (const [pageKey, page] of pages) {
      const key = storeKeys.treePage(pageKey);
      operations.push(page === undefined ? { type: 'del', key } : put(key, page));
    }
    await store.batch(operations, { sync: false });
    this.#root = root;
    for (const { key, value } of entries) if (key[0] === TASK_KEY_BYTE) this.#tasks.push(taskFacts(value));
  }

  async #writeReceipts({ first, receipts }: Extract<Chunk, { kind: 'receipts' }>): Promise<void> {
    const operations: StoreOperation[] = [];
    for (const [i, receipt] of receipts.entries()) {
      operations.push(put(storeKeys.receipt(first + i), serialize(receiptCodec, receipt)));
      const { frontier, nodes } = appendReceiptLeaf(this.#frontier, receiptLeaf(receipt));
      this.#frontier = frontier;
      for (const { level, index, hash } of nodes)
        operations.push(put(storeKeys.receiptNode(level, index), hash));
    }
    await this.#store.batch(operations, { sync: false });
  }

  /** Everything else, and that it is whole: the last batch, which counts alone. */
  async finish(
    genesis: Genesis,
    { header, blockId }: Snapshot,
  ): Promise<{ head: Head; header: BlockHeader }> {
    const head = this.#head;
    if (
      head === undefined ||
      !equalBytes(this.#root, header.stateRoot) ||
      this.#frontier.count !== header.receiptCount
    ) {
      throw new Error('snapshot: its verified chunks do not come to its roots');
    }
    const chain = readChain({ get: (key) => this.#store.get(storeKeys.state(key)) });
    if (!equalBytes(chain.genesisHash, hashGenesis(genesis))) {
      throw new AivmError(
        'wrong_chain',
        `snapshot: its state is of genesis 0x${bytesToHex(chain.genesisHash)}`,
      );
    }
    const taskCount = await this.#indexTasks();
    const counts = { taskCount, eventfulCount: 0, transactionCount: 0, disputeCount: 0 };
    const stored: Head = { id: blockId, height: header.height, stateRoot: header.stateRoot, ...counts };
    const base = { height: header.height, anchorCount: Number(chain.anchorCount) };
    await this.#store.batch(
      [
        ...genesisOperations(genesis),
        ...headOperations(head),
        put(storeKeys.base, serialize(baseCodec, base)),
        put(storeKeys.head, serialize(headCodec, stored)),
        { type: 'del', key: storeKeys.restoring },
      ],
      { sync: true },
    );
    return { head: stored, header };
  }

  /** Tasks by the height that brought them; those of one block by id, because no root says in which order they came. */
  async #indexTasks(): Promise<number> {
    const tasks = this.#tasks.sort(
      (left, right) => left.createdAtHeight - right.createdAtHeight || (left.id < right.id ? -1 : 1),
    );
    let count = 0;
    for (let start = 0; start < tasks.length; start += TASKS_AT_ONCE) {
      const operations: StoreOperation[] = [];
      count = indexTasks(this.#store, count, tasks.slice(start, start + TASKS_AT_ONCE), (key, value) =>
        operations.push(value === undefined ? { type: 'del', key } : put(key, value)),
      );
      await this.#store.batch(operations, { sync: false });
    }
    return count;
  }
}

function taskFacts(value: Uint8Array): TaskFacts {
  const { id, status, model, assignedTo, createdAtHeight } = parse(taskCodec, value);
  return { id, status, model, createdAtHeight, providers: assignedTo === '' ? [] : [assignedTo] };
}

/** The genesis block, which everybody has, and what a store is of. */
function genesisOperations(genesis: Genesis): StoreOperation[] {
  const { block, result } = createGenesis(genesis);
  const execution = { senders: [], outcomes: result.outcomes, details: [] };
  return [
    ...identityOf(block),
    put(storeKeys.block(block.id), block.bytes),
    put(storeKeys.execution(block.id), serialize(executionCodec, execution)),
    put(storeKeys.height(0), serialize(heightEntryCodec, { id: block.id, eventfulBefore: 0 })),
  ];
}

function headOperations({ block, outcomes }: Extract<Chunk, { kind: 'head' }>): StoreOperation[] {
  const { id, header, transactions } = block;
  const senders = transactions.map(({ sender }) => sender);
  const details = transactions.map(() => '');
  return [
    put(storeKeys.block(id), block.bytes),
    put(storeKeys.execution(id), serialize(executionCodec, { senders, outcomes, details })),
    put(storeKeys.height(header.height), serialize(heightEntryCodec, { id, eventfulBefore: 0 })),
    ...transactions.map((tx, index) =>
      put(storeKeys.transaction(tx.id), serialize(transactionPlaceCodec, { height: header.height, index })),
    ),
  ];
}

/**
 * Makes a store the node's of a snapshot: its state, its receipts and its block, and no block before it. Until the last
 * batch the store is marked as unfinished, and whoever opens it finds it empty.
 * @throws AivmError `wrong_chain`, `malformed` that names the chunk, or what reading a chunk throws; the store is empty then.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<{ head: Head; header: BlockHeader }> {
  const { store, genesis, snapshot, trusted, readChunk, onChunk } = options;
  assertTrusted(snapshot, genesis, trusted);
  await store.batch([put(storeKeys.restoring, serializeNumber(snapshot.header.height))], { sync: true });
  try {
    await wipeMarked(store);
    const restoration = new Restoration(store);
    for (let index = 0; index < snapshot.chunkCount; index++) {
      await restoration.write(parseChunk(snapshot, index, await readChunk(index)));
      onChunk?.(index);
    }
    return await restoration.finish(genesis, snapshot);
  } catch (error) {
    await wipeUnfinished(store).catch(() => undefined);
    throw error;
  }
}
