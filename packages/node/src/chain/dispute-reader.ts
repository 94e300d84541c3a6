import { parse } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { type DisputeEntry, eventPlaceCodec, numberCodec } from '../store/records.ts';
import type { AcceptedBlock } from './accepted-block.ts';
import { readDisputeEntry } from './dispute-index.ts';
import type { DisputeRecord, Page, PageQuery, PlacedEvent } from './read-answers.ts';

/** A page looks at no more disputes than this for those of one verdict. */
const SCANNED_MAX = 2_000;
/** Moves that are shown of one dispute; the longest has some hundred. */
const MOVES_MAX = 1_000;

/** What reading disputes needs of a chain. */
export interface DisputeSource {
  readonly store: Pick<KeyValueStore, 'get'>;
  /** Disputes of accepted blocks. What a batch under way brought already is not counted. */
  readonly count: () => number;
  readonly getBlock: (height: number) => AcceptedBlock | undefined;
}

/** Reads of the index that chain/dispute-index.ts writes. */
export class DisputeReader {
  readonly #source: DisputeSource;

  constructor(source: DisputeSource) {
    this.#source = source;
  }

  /** By the id of the transaction that opened it, or by task: its latest. */
  get(ref: { readonly challenge: Uint8Array } | { readonly taskId: string }): DisputeRecord | undefined {
    const key =
      'challenge' in ref ? storeKeys.disputeByChallenge(ref.challenge) : storeKeys.disputeByTask(ref.taskId);
    const value = this.#source.store.get(key);
    const number = value === undefined ? undefined : parse(numberCodec, value);
    if (number === undefined || number >= this.#source.count()) return undefined;
    const entry = this.#require(number);
    return { entry, moves: this.#movesOf(number, Math.min(entry.moves, MOVES_MAX)) };
  }

  /**
   * Disputes, newest first. A page of a long list may be short and still have a cursor.
   * @throws AivmError `malformed` for a cursor that no page gave.
   */
  list({ verdict, cursor, limit }: DisputeQuery): Page<DisputeEntry> {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      throw new AivmError('malformed', `cursor: "${cursor.slice(0, 40)}" is not one of a dispute list`);
    }
    const count = this.#source.count();
    let number = Math.min(cursor === undefined ? count : Number(cursor), count);
    const items: DisputeEntry[] = [];
    for (let seen = 0; number > 0 && items.length < limit && seen < SCANNED_MAX; seen++) {
      const entry = this.#require(--number);
      if (verdict === undefined || entry.verdict === verdict) items.push(entry);
    }
    return { items, nextCursor: number > 0 ? String(number) : undefined };
  }

  #movesOf(number: number, count: number): readonly PlacedEvent[] {
    const moves: PlacedEvent[] = [];
    for (let i = 0; i < count; i++) {
      const value = this.#source.store.get(storeKeys.disputeMove(number, i));
      if (value === undefined) break;
      const { height, index } = parse(eventPlaceCodec, value);
      const accepted = this.#source.getBlock(height);
      const event = accepted?.events[index];
      if (accepted === undefined || event === undefined) break;
      moves.push({ height, index, timestamp: accepted.block.header.timestamp, event });
    }
    return moves;
  }

  #require(number: number): DisputeEntry {
    const entry = readDisputeEntry(this.#source.store, number);
    if (entry === undefined) throw new Error(`dispute index: dispute ${number} is missing`);
    return entry;
  }
}

/** Which disputes are wanted. */
export interface DisputeQuery extends PageQuery {
  /** A DisputeVerdict. */
  readonly verdict?: number | undefined;
}
