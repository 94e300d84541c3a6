import {
  address,
  bool,
  bytes32,
  type Codec,
  type CodecValue,
  height,
  list,
  serialize,
  struct,
  text,
  u8,
  u32,
  u128,
} from '@aivm/core/bytes';
import { outcomeCodec } from '@aivm/core/execute';

/** No chain allows more transactions in a block. */
const BLOCK_TRANSACTIONS_MAX = 100_000;
const DETAIL_BYTES_MAX = 4_096;

/** The last accepted block. Written in the same batch as everything that it counts. */
export const headCodec = struct('Head', {
  id: bytes32,
  height,
  stateRoot: bytes32,
  /** Tasks that were ever submitted: the next one's number. */
  taskCount: height,
  /** Blocks that have events, and transactions, up to this one. */
  eventfulCount: height,
  transactionCount: height,
  /** Disputes that were ever opened: the next one's number. */
  disputeCount: height,
});
export type Head = CodecValue<typeof headCodec>;

/** The block that a store begins with where it was restored from a snapshot: there is none before it but the genesis. */
export const baseCodec = struct('Base', {
  height,
  /** Anchors that were made up to it, which the store does not hold. */
  anchorCount: height,
});

/** Where a height leads. */
export const heightEntryCodec = struct('HeightEntry', {
  id: bytes32,
  /** Blocks below this one that have events: where a reader of events goes on. */
  eventfulBefore: height,
});

/** Where an accepted transaction is. */
export const transactionPlaceCodec = struct('TransactionPlace', { height, index: u32 });

/** What executing a block gave, beside what its header commits to. Details are for people. */
export const executionCodec = struct('Execution', {
  /** Of every transaction in the block's bytes, one after the other, so that reading it recovers no signature. */
  senders: list(address, BLOCK_TRANSACTIONS_MAX),
  outcomes: list(outcomeCodec, BLOCK_TRANSACTIONS_MAX),
  details: list(text(DETAIL_BYTES_MAX), BLOCK_TRANSACTIONS_MAX),
});

/** A vertex that an accepted block executed: its place among vertices, and the block's height. */
export const vertexEntryCodec = struct('VertexEntry', { height, epoch: u32, blockHeight: height });

/** A task in the index. */
export const taskEntryCodec = struct('TaskEntry', { number: height, status: u8 });

/** How a dispute ended, or that it has not. */
export const DisputeVerdict = { open: 0, upheld: 1, rejected: 2, undecided: 3 } as const;
export type DisputeVerdict = (typeof DisputeVerdict)[keyof typeof DisputeVerdict];

/** A challenge that was admitted, and what became of it. */
export const disputeEntryCodec = struct('DisputeEntry', {
  /** The transaction that opened it: its id. */
  challenge: bytes32,
  taskId: text(64),
  provider: text(64),
  model: text(64),
  challenger: address,
  /** Who judges: a CheckClass of core. */
  checkClass: u8,
  bond: u128,
  /** Hashes of the output that was posted and of the one that the challenger holds right. */
  postedHash: bytes32,
  claimedHash: bytes32,
  openedAtHeight: height,
  verdict: u8,
  /** Where the challenge was upheld: whether the challenger's own output was right. */
  claimRight: bool,
  /** 0 while it is open. */
  settledAtHeight: height,
  moves: u32,
});
export type DisputeEntry = CodecValue<typeof disputeEntryCodec>;

/** Where an event is. */
export const eventPlaceCodec = struct('EventPlace', { height, index: u32 });

/** A bare count, height or number. */
export const numberCodec: Codec<number> = height;
export const serializeNumber = (value: number): Uint8Array => serialize(numberCodec, value);
/** A bare id of a task. */
export const taskIdCodec: Codec<string> = text(64);

/** Text made fit for a detail: whole characters (a lone surrogate is replaced), at most `DETAIL_BYTES_MAX` bytes. */
export const fitDetail = (detail: string): string =>
  [...detail.replace(/\p{Surrogate}/gu, '\ufffd')].slice(0, DETAIL_BYTES_MAX / 4).join('');
