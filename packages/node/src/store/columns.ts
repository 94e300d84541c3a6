import { concatBytes, u32be, u64be, utf8ToBytes } from '@aivm/core/bytes';

/**
 * Everything that a node keeps, in one ordered key space. One byte of prefix, then the key's own bytes; integers are
 * big-endian so that keys of one kind sort by them.
 *
 *   m                        what belongs to the store as a whole
 *   ├─ format                u32: the version of this drawing
 *   ├─ genesis               id of the genesis block
 *   ├─ chain                 u64 chain id
 *   ├─ head                  Head: the last accepted block and the counts that go with it
 *   ├─ base                  Base: where a store begins that was restored from a snapshot
 *   └─ restoring             u64 height: nothing else counts, a snapshot is being restored
 *   s <state key>            a value of the accepted state (the keys of core's state/keys.ts)
 *   n <page key>             a page of the accepted state's tree; the key is text: hex digits of the key hash
 *   b <block id>             the block's bytes                                            ┐
 *   x <block id>             Execution: senders, outcomes and details                     │
 *   h <u64 height>           HeightEntry: id of the block at a height                     │
 *   t <tx id>                TransactionPlace: height and index                           │ written once
 *   r <u64 index>            a receipt                                                    │
 *   R <u8 level> <u64 index> a complete subtree of the receipts tree                      │
 *   e <u64 height>           the events of a block that has any                           │
 *   E <u64 number>           height of the n-th block that has events                     │
 *   k <u64 number>           id of the n-th task                                          │
 *   a <u64 number>           the canonical bytes of an anchor                             │
 *   v <u64 number> <u32>     EventPlace: a move of a dispute                              │
 *   y <tx id>                u64: the dispute that this challenge opened                  │
 *   V <vertex id>            VertexEntry: the block that executed a vertex                ┘
 *   d <u64 number>           DisputeEntry: a dispute, from its challenge to its verdict
 *   Y <task id>              u64: the task's latest dispute
 *   g <u8 game> <task id>    u64: the latest dispute that is this game about the task's result
 *   K <task id>              TaskEntry: the number and status of a task
 *   f <u8 facet> <u8 size> <name> <u32 chunk>   bitmap over task numbers: see task-index.ts
 *   A <sink key>             u64: the next anchor that a sink is owed; this node's own, no replay gives it
 *   S <name> <u64 number>    what validators signed of anchors (anchors/validators); a replay of blocks does not give it
 *   X <vertex id>            bytes of an accepted vertex, until its time is over; this node's own as well
 */
export const COLUMNS = {
  meta: 'm',
  state: 's',
  treePage: 'n',
  block: 'b',
  execution: 'x',
  height: 'h',
  transaction: 't',
  receipt: 'r',
  receiptNode: 'R',
  events: 'e',
  eventful: 'E',
  taskNumber: 'k',
  taskEntry: 'K',
  taskFacet: 'f',
  anchor: 'a',
  anchorCursor: 'A',
  signing: 'S',
  dispute: 'd',
  disputeMove: 'v',
  disputeByChallenge: 'y',
  disputeByTask: 'Y',
  disputeByGame: 'g',
  vertexEntry: 'V',
  vertex: 'X',
} as const;

/** The name of a column. */
export type Column = keyof typeof COLUMNS;

/** Columns whose entries are never overwritten or deleted. */
export const WRITE_ONCE: ReadonlySet<Column> = new Set<Column>([
  'block',
  'execution',
  'height',
  'transaction',
  'receipt',
  'receiptNode',
  'events',
  'eventful',
  'taskNumber',
  'anchor',
  'disputeMove',
  'disputeByChallenge',
  'vertexEntry',
]);

/** Columns that are this node's own business: blocks say nothing about what is in them. */
export const NODE_LOCAL: ReadonlySet<Column> = new Set<Column>(['anchorCursor', 'signing', 'vertex']);

const prefixes = Object.fromEntries(
  Object.entries(COLUMNS).map(([column, letter]) => [column, utf8ToBytes(letter)]),
) as Record<Column, Uint8Array>;

/** The prefix byte of a column. */
export const columnPrefix = (column: Column): Uint8Array => prefixes[column];

const columnByPrefix = new Map(
  (Object.keys(COLUMNS) as Column[]).map((column) => [prefixes[column][0], column]),
);

/** The column that a key is in, or undefined for a key that no version of this store writes. */
export const columnOf = (key: Uint8Array): Column | undefined => columnByPrefix.get(key[0]);

const metaKey = (name: string): Uint8Array => concatBytes(prefixes.meta, utf8ToBytes(name));

/** One constructor per kind of key. */
export const storeKeys = {
  format: metaKey('format'),
  genesis: metaKey('genesis'),
  chain: metaKey('chain'),
  head: metaKey('head'),
  base: metaKey('base'),
  restoring: metaKey('restoring'),
  state: (key: Uint8Array): Uint8Array => concatBytes(prefixes.state, key),
  treePage: (pageKey: string): Uint8Array => utf8ToBytes(`${COLUMNS.treePage}${pageKey}`),
  block: (id: Uint8Array): Uint8Array => concatBytes(prefixes.block, id),
  execution: (id: Uint8Array): Uint8Array => concatBytes(prefixes.execution, id),
  height: (height: number): Uint8Array => concatBytes(prefixes.height, u64be(height)),
  transaction: (id: Uint8Array): Uint8Array => concatBytes(prefixes.transaction, id),
  receipt: (index: number): Uint8Array => concatBytes(prefixes.receipt, u64be(index)),
  receiptNode: (level: number, index: number): Uint8Array =>
    concatBytes(prefixes.receiptNode, Uint8Array.of(level), u64be(index)),
  events: (height: number): Uint8Array => concatBytes(prefixes.events, u64be(height)),
  eventful: (number: number): Uint8Array => concatBytes(prefixes.eventful, u64be(number)),
  taskNumber: (number: number): Uint8Array => concatBytes(prefixes.taskNumber, u64be(number)),
  taskEntry: (id: string): Uint8Array => concatBytes(prefixes.taskEntry, utf8ToBytes(id)),
  taskFacet: (facet: number, name: Uint8Array, chunk: number): Uint8Array =>
    concatBytes(prefixes.taskFacet, Uint8Array.of(facet, name.length), name, u32be(chunk)),
  anchor: (number: number): Uint8Array => concatBytes(prefixes.anchor, u64be(number)),
  anchorCursor: (sinkKey: Uint8Array): Uint8Array => concatBytes(prefixes.anchorCursor, sinkKey),
  dispute: (number: number): Uint8Array => concatBytes(prefixes.dispute, u64be(number)),
  disputeMove: (dispute: number, index: number): Uint8Array =>
    concatBytes(prefixes.disputeMove, u64be(dispute), u32be(index)),
  disputeByChallenge: (txId: Uint8Array): Uint8Array => concatBytes(prefixes.disputeByChallenge, txId),
  disputeByTask: (taskId: string): Uint8Array => concatBytes(prefixes.disputeByTask, utf8ToBytes(taskId)),
  disputeByGame: (taskId: string, game: number): Uint8Array =>
    concatBytes(prefixes.disputeByGame, Uint8Array.of(game), utf8ToBytes(taskId)),
  vertexEntry: (id: Uint8Array): Uint8Array => concatBytes(prefixes.vertexEntry, id),
  vertex: (id: Uint8Array): Uint8Array => concatBytes(prefixes.vertex, id),
} as const;
