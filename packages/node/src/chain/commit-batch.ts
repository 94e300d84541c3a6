import { type StatelessBlock, serializeAnchorMessage } from '@aivm/core/block';
import { hexToBytes, parse, serialize, utf8ToBytes } from '@aivm/core/bytes';
import { anchorOfBlock, type ExecutionResult } from '@aivm/core/execute';
import { KEY_PREFIXES, receiptCodec, taskCodec } from '@aivm/core/state';
import { storeKeys } from '../store/columns.ts';
import { serializeEvents } from '../store/event-text.ts';
import type { KeyValueStore, StoreOperation } from '../store/key-value-store.ts';
import {
  executionCodec,
  fitDetail,
  type Head,
  headCodec,
  heightEntryCodec,
  serializeNumber,
  transactionPlaceCodec,
  vertexEntryCodec,
} from '../store/records.ts';
import { type ExecutedBlock, indexDisputes } from './dispute-index.ts';
import { indexTasks, type TaskChange } from './task-index.ts';

type Counts = Pick<Head, 'taskCount' | 'eventfulCount' | 'transactionCount' | 'disputeCount'>;

/** Counts before the genesis block. */
export const NO_COUNTS: Counts = {
  taskCount: 0,
  eventfulCount: 0,
  transactionCount: 0,
  disputeCount: 0,
};

/** What accepting a block writes, and the head after it. */
export interface CommitBatch {
  readonly operations: readonly StoreOperation[];
  readonly head: Head;
}

const TASK_KEY_BYTE = utf8ToBytes(KEY_PREFIXES.task)[0];

/**
 * Everything that accepting a block writes, as one batch: state values, pages of the tree, the block, its
 * places in the indexes, its receipts, its events, its anchor where it made one (the outbox of the sinks), and the new
 * head.
 */
export function createCommitBatch(
  store: Pick<KeyValueStore, 'get'>,
  counts: Counts,
  { block, result }: ExecutedBlock,
): CommitBatch {
  const operations: StoreOperation[] = [];
  const put = (key: Uint8Array, value: Uint8Array | undefined): void => {
    operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
  };
  const { height } = block.header;
  putState(result, put);
  put(storeKeys.block(block.id), block.bytes);
  put(storeKeys.execution(block.id), serializeExecution(block, result));
  put(
    storeKeys.height(height),
    serialize(heightEntryCodec, { id: block.id, eventfulBefore: counts.eventfulCount }),
  );
  for (const [index, tx] of block.transactions.entries()) {
    put(storeKeys.transaction(tx.id), serialize(transactionPlaceCodec, { height, index }));
  }
  for (const vertex of block.vertices) {
    const entry = { height: vertex.height, epoch: vertex.epoch, blockHeight: height };
    put(storeKeys.vertexEntry(vertex.id), serialize(vertexEntryCodec, entry));
    // Also for a node that never saw the vertex outside of this block.
    put(storeKeys.vertex(vertex.id), vertex.bytes);
  }
  for (const { index, receipt } of result.receipts) {
    put(storeKeys.receipt(index), serialize(receiptCodec, receipt));
  }
  for (const { level, index, hash } of result.receiptNodes) put(storeKeys.receiptNode(level, index), hash);
  if (result.events.length > 0) {
    put(storeKeys.events(height), utf8ToBytes(serializeEvents(result.events)));
    put(storeKeys.eventful(counts.eventfulCount), serializeNumber(height));
  }
  const anchor = anchorOfBlock(block, result);
  if (anchor !== undefined) put(storeKeys.anchor(Number(anchor.number)), serializeAnchorMessage(anchor));
  const head: Head = {
    id: block.id,
    height,
    stateRoot: block.header.stateRoot,
    taskCount: indexTasks(store, counts.taskCount, taskChanges(result), put),
    eventfulCount: counts.eventfulCount + (result.events.length > 0 ? 1 : 0),
    transactionCount: counts.transactionCount + block.transactions.length,
    disputeCount: indexDisputes(store, counts.disputeCount, { block, result }, put),
  };
  put(storeKeys.head, serialize(headCodec, head));
  return { operations, head };
}

function putState(
  { writes, tree }: ExecutionResult,
  put: (key: Uint8Array, value: Uint8Array | undefined) => void,
): void {
  for (const [hex, value] of writes) put(storeKeys.state(hexToBytes(hex)), value);
  for (const [pageKey, page] of tree.pages) put(storeKeys.treePage(pageKey), page);
}

/** The transactions as they come in the block's bytes: those of vertices, executed or not, then its own. */
const carriedTransactions = ({ vertices, transactions, vertexTransactionCount }: StatelessBlock) => [
  ...vertices.flatMap((vertex) => vertex.transactions),
  ...transactions.slice(vertexTransactionCount),
];

function serializeExecution(block: StatelessBlock, result: ExecutionResult): Uint8Array {
  return serialize(executionCodec, {
    senders: carriedTransactions(block).map((tx) => tx.sender),
    outcomes: result.outcomes,
    details: block.transactions.map((_, index) => fitDetail(result.details[index] ?? '')),
  });
}

/** The tasks whose records a block wrote. Providers that came and went within it are only in its events. */
function* taskChanges({ writes, events }: ExecutionResult): Iterable<TaskChange> {
  const providersByTask = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== 'task' || event.provider === '') continue;
    const providers = providersByTask.get(event.taskId) ?? new Set();
    providersByTask.set(event.taskId, providers.add(event.provider));
  }
  for (const [hex, value] of writes) {
    if (value === undefined || Number.parseInt(hex.slice(0, 2), 16) !== TASK_KEY_BYTE) continue;
    const { id, status, model, assignedTo } = parse(taskCodec, value);
    const providers = providersByTask.get(id) ?? new Set();
    yield { id, status, model, providers: assignedTo === '' ? providers : providers.add(assignedTo) };
  }
}
