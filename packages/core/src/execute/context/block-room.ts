import type { StatelessVertex } from '../../block/vertex.ts';
import type { Params } from '../../state/params.ts';
import type { OperationName } from '../../tx/operations/operations.ts';
import { isExpired, type Transaction } from '../../tx/transaction.ts';
import { transactionWork } from '../../tx/work.ts';

/** Bytes of a block that are not its contents: the header and the counts, rounded up. */
const BLOCK_OVERHEAD_BYTES = 512;
/** The length in front of each transaction or vertex; also a place among the left out ones. */
const ITEM_OVERHEAD_BYTES = 4;
/** Work units of a vertex beside its transactions: its hash, its record, its place among others. */
const VERTEX_WORK = 200;

/** What something takes of a block, or a block has. */
export interface Room {
  readonly bytes: number;
  readonly work: number;
  readonly count: number;
}

/** The limits of a block. */
export type BlockLimits = Pick<Params, 'maxBlockBytes' | 'maxBlockWork' | 'maxBlockTransactions'>;

/**
 * Who shares a block's room. Answers and disputes that take effect have room that nothing else can fill, because whoever
 * fills blocks while others must reveal or challenge would make their silence.
 */
export type Lane = 'plain' | 'answers' | 'disputes';

const LANES: Readonly<Partial<Record<OperationName, Lane>>> = {
  submitResult: 'answers',
  commitResult: 'answers',
  revealResult: 'answers',
  challenge: 'disputes',
  disputeMove: 'disputes',
};

/** The lane of an operation that takes effect. One that is refused is in the plain lane, whatever it is. */
export const laneOf = (kind: OperationName): Lane => LANES[kind] ?? 'plain';

/** Parts of a block, in eighths, that a lane and those before it fill at most. */
const LANE_EIGHTHS: Readonly<Record<Lane, number>> = { plain: 6, answers: 7, disputes: 8 };
const LANE_ORDER: readonly Lane[] = ['plain', 'answers', 'disputes'];
/** Vertices take at most so much of a block that carries transactions of its own. */
const VERTEX_EIGHTHS = 4;

const NOTHING: Room = { bytes: 0, work: 0, count: 0 };

const sumOf = (a: Room, b: Room): Room => ({
  bytes: a.bytes + b.bytes,
  work: a.work + b.work,
  count: a.count + b.count,
});

/** What is left of `whole` without a part of it. */
export const roomWithout = (whole: Room, part: Room): Room => ({
  bytes: whole.bytes - part.bytes,
  work: whole.work - part.work,
  count: whole.count - part.count,
});

const isWithin = (used: Room, limit: Room): boolean =>
  used.bytes <= limit.bytes && used.work <= limit.work && used.count <= limit.count;

/** So many eighths of a block, rounded up: also a block of one transaction has a place for it. */
const partOf = (limits: BlockLimits, eighths: number): Room => ({
  bytes: Math.ceil((limits.maxBlockBytes * eighths) / 8) - BLOCK_OVERHEAD_BYTES,
  work: Math.ceil((limits.maxBlockWork * eighths) / 8),
  count: Math.ceil((limits.maxBlockTransactions * eighths) / 8),
});

/** Whether what took effect of the disputes' lane fills half of the share that no other lane can have, in bytes or work. */
export function fillsHalf(limits: BlockLimits, rooms: readonly Room[]): boolean {
  const used = rooms.reduce(sumOf, NOTHING);
  const all = partOf(limits, LANE_EIGHTHS.disputes);
  const others = partOf(limits, LANE_EIGHTHS.answers);
  return 2 * used.bytes >= all.bytes - others.bytes || 2 * used.work >= all.work - others.work;
}

/** What vertices can have, of a block with transactions of its own or without. */
export const vertexRoom = (limits: BlockLimits, { isShared }: { readonly isShared: boolean }): Room =>
  partOf(limits, isShared ? VERTEX_EIGHTHS : LANE_EIGHTHS.plain);

/** What a transaction takes. */
export const roomOf = (tx: Pick<Transaction, 'operation' | 'bytes'>): Room => ({
  bytes: tx.bytes.length + ITEM_OVERHEAD_BYTES,
  work: transactionWork(tx),
  count: 1,
});

/**
 * Work units of executing a vertex in the block at `height`. Every transaction counts, also one that turns out not to be
 * valid yet: who verifies the block has to find that out. One that has expired is skipped by its own bytes alone.
 */
export const vertexWork = ({ transactions }: Pick<StatelessVertex, 'transactions'>, height: number): number =>
  transactions.reduce((sum, tx) => sum + (isExpired(tx, height) ? 0 : transactionWork(tx)), VERTEX_WORK);

/** What a vertex takes of the block at `height`: all of its bytes, and its transactions that have not expired. */
export const roomOfVertex = (
  vertex: Pick<StatelessVertex, 'transactions' | 'bytes'>,
  height: number,
): Room => ({
  bytes: vertex.bytes.length + ITEM_OVERHEAD_BYTES * (1 + vertex.transactions.length),
  work: vertexWork(vertex, height),
  count: vertex.transactions.filter((tx) => !isExpired(tx, height)).length,
});

/** What a block takes so far, by lane. */
export class BlockUsage {
  readonly #limits: BlockLimits;
  readonly #used: Record<Lane, Room> = { plain: NOTHING, answers: NOTHING, disputes: NOTHING };

  constructor(limits: BlockLimits) {
    this.#limits = limits;
  }

  /** Adds `room` to a lane. @returns false, with nothing added, if a limit would be passed. */
  take(lane: Lane, room: Room): boolean {
    let used = room;
    for (const one of LANE_ORDER) {
      used = sumOf(used, this.#used[one]);
      const isTouched = LANE_ORDER.indexOf(one) >= LANE_ORDER.indexOf(lane);
      if (isTouched && !isWithin(used, partOf(this.#limits, LANE_EIGHTHS[one]))) return false;
    }
    this.#used[lane] = sumOf(this.#used[lane], room);
    return true;
  }
}

/** Room that is being filled by things of one kind. */
export class BlockRoom {
  #left: Room;

  constructor(left: Room) {
    this.#left = left;
  }

  /** What one lane can have at most, of a block in which nothing else is. */
  static ofLane(limits: BlockLimits, lane: Lane): BlockRoom {
    return new BlockRoom(partOf(limits, LANE_EIGHTHS[lane]));
  }

  /** Takes the room that `tx` needs. @returns false, with nothing taken, if it does not fit. */
  take(tx: Pick<Transaction, 'operation' | 'bytes'>): boolean {
    return this.#take(roomOf(tx));
  }

  /** The same for a vertex in the block at `height`, with all of its transactions that have not expired. */
  takeVertex(vertex: Pick<StatelessVertex, 'transactions' | 'bytes'>, height: number): boolean {
    return this.#take(roomOfVertex(vertex, height));
  }

  #take({ bytes, work, count }: Room): boolean {
    const left = this.#left;
    if (bytes > left.bytes || work > left.work || count > left.count) return false;
    this.#left = { bytes: left.bytes - bytes, work: left.work - work, count: left.count - count };
    return true;
  }
}

/**
 * Whether every block of a chain with these limits can execute the vertex, from `height` on, also one with transactions
 * of its own.
 */
export const fitsBlock = (
  limits: BlockLimits,
  vertex: Pick<StatelessVertex, 'transactions' | 'bytes'>,
  height: number,
): boolean => new BlockRoom(vertexRoom(limits, { isShared: true })).takeVertex(vertex, height);
