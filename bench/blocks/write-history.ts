import { createBlock } from '@aivm/core/block';
import { bytesToHex, serialize } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import {
  appendReceiptLeaf,
  EMPTY_FRONTIER,
  readTaskInput,
  readTaskOutput,
  receiptCodec,
  receiptFrontierCodec,
  receiptLeaf,
  receiptsRoot,
  requireTask,
  stateKeys,
  taskCodec,
  updateStateTree,
} from '@aivm/core/state';
import { ClassicLevelStore, databaseDirectory, installCrypto, type StoreOperation } from '@aivm/node';
import { ClassicLevel } from 'classic-level';
import { ChainReader } from '../../packages/node/src/chain/chain-reader.ts';
import { openChain } from '../../packages/node/src/chain/open-chain.ts';
import { storeKeys } from '../../packages/node/src/store/columns.ts';
import { MemoryStore } from '../../packages/node/src/store/memory-store.ts';
import { executionCodec, headCodec, heightEntryCodec } from '../../packages/node/src/store/records.ts';
import { runTaskChain } from '../../packages/node/test/support/task-chain.ts';
import { GENESIS, SENDERS } from './people.ts';

/** Keys that a settled task leaves in the state: its record, its input, its output. */
const KEYS_PER_TASK = 3;
const CHUNK_KEYS = 30_000;

/** A task that a real chain brought to its receipt; the history is made of its like. */
async function settledTask() {
  const chain = await openChain({ store: new MemoryStore(), genesis: GENESIS, location: 'template' });
  await runTaskChain(chain, SENDERS.slice(0, 3));
  const task = requireTask(chain.state, 'done');
  const receipt = new ChainReader(chain).getReceipt(0);
  const input = readTaskInput(chain.state, 'done');
  const output = readTaskOutput(chain.state, 'done');
  if (receipt === undefined || input === undefined || output === undefined)
    throw new Error('no settled task');
  return { task, receipt, input, output };
}

type Template = Awaited<ReturnType<typeof settledTask>>;

/** Id of a task of the history. */
export const historyId = (number: number): string => `history-${number}`;

/** The `i`-th key of the history with its value. */
function entryOf({ task, input, output }: Template, i: number): readonly [Uint8Array, Uint8Array] {
  const number = Math.floor(i / KEYS_PER_TASK);
  const id = historyId(number);
  if (i % KEYS_PER_TASK === 1) return [stateKeys.taskInput(id), input];
  if (i % KEYS_PER_TASK === 2) return [stateKeys.taskOutput(id), output];
  return [stateKeys.task(id), serialize(taskCodec, { ...task, id, receiptNumber: number + 1 })];
}

/** Indexes of all entries in the order of the tree's leaves, so that a chunk touches one corner of the tree. */
function treeOrder(template: Template, count: number): Float64Array {
  const order = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const hash = namedHash('StateKey', entryOf(template, i)[0]);
    order[i] = (new DataView(hash.buffer, hash.byteOffset).getUint32(0) >>> 1) * 2 ** 22 + i;
  }
  return order.sort();
}

/**
 * Writes a chain to `directory` whose state and receipts hold `size` settled tasks: block 0 is the genesis, block 1
 * stands for all blocks that the history took. Tree, values, receipts and their nodes are what a chain would hold.
 */
export async function writeHistory(directory: string, size: number): Promise<void> {
  installCrypto();
  const template = await settledTask();
  const store = await ClassicLevelStore.open(databaseDirectory(directory));
  const chain = await openChain({ store, genesis: GENESIS, location: directory });
  let root = chain.head.stateRoot;
  const reader = { getPage: (pageKey: string) => store.get(storeKeys.treePage(pageKey)) };
  const change = async (entries: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<void> => {
    const tree = updateStateTree(reader, root, entries);
    root = tree.root;
    const operations: StoreOperation[] = [];
    for (const [key, value] of entries) operations.push({ type: 'put', key: storeKeys.state(key), value });
    for (const [pageKey, value] of tree.pages) {
      const key = storeKeys.treePage(pageKey);
      operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
    }
    await store.batch(operations, { sync: false });
  };
  const order = treeOrder(template, size * KEYS_PER_TASK);
  for (let from = 0; from < order.length; from += CHUNK_KEYS) {
    const indexes = order.subarray(from, from + CHUNK_KEYS);
    await change(Array.from(indexes, (place) => entryOf(template, place % 2 ** 22)));
  }
  const frontier = await writeReceipts(store, template, size);
  await change([[stateKeys.receiptFrontier(), serialize(receiptFrontierCodec, frontier)]]);
  const { header, head } = { header: chain.header, head: chain.head };
  const block = createBlock(
    {
      ...header,
      parentId: head.id,
      height: 1,
      timestamp: header.timestamp + 1,
      receiptCount: size,
      receiptsRoot: receiptsRoot(frontier),
      stateRoot: root,
    },
    [],
  );
  const put = (key: Uint8Array, value: Uint8Array): StoreOperation => ({ type: 'put', key, value });
  const next = { ...head, id: block.id, height: 1, stateRoot: root };
  await store.batch(
    [
      put(storeKeys.block(block.id), block.bytes),
      put(
        storeKeys.execution(block.id),
        serialize(executionCodec, { senders: [], outcomes: [], details: [] }),
      ),
      put(
        storeKeys.height(1),
        serialize(heightEntryCodec, { id: block.id, eventfulBefore: head.eventfulCount }),
      ),
      put(storeKeys.head, serialize(headCodec, next)),
    ],
    { sync: true },
  );
  await store.close();
  await settle(databaseDirectory(directory));
}

/** What the store does in the background with what was written in minutes, a chain gives it months for. */
async function settle(path: string): Promise<void> {
  const database = new ClassicLevel<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await database.open();
  await database.compactRange(new Uint8Array(0), new Uint8Array(1).fill(0xff));
  await database.close();
}

async function writeReceipts(store: ClassicLevelStore, { receipt }: Template, size: number) {
  let frontier = EMPTY_FRONTIER;
  let operations: StoreOperation[] = [];
  for (let index = 0; index < size; index++) {
    const own = { ...receipt, jobId: historyId(index) };
    const appended = appendReceiptLeaf(frontier, receiptLeaf(own));
    frontier = appended.frontier;
    operations.push({ type: 'put', key: storeKeys.receipt(index), value: serialize(receiptCodec, own) });
    for (const node of appended.nodes) {
      operations.push({ type: 'put', key: storeKeys.receiptNode(node.level, node.index), value: node.hash });
    }
    if (operations.length > CHUNK_KEYS) {
      await store.batch(operations, { sync: false });
      operations = [];
    }
  }
  await store.batch(operations, { sync: false });
  if (frontier.count !== size)
    throw new Error(`wrote ${frontier.count} receipts, ${bytesToHex(receiptsRoot(frontier))}`);
  return frontier;
}
