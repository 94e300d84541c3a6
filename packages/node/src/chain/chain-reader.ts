import { bytesToHex, bytesToUtf8, type Codec, equalBytes, parse } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { createReceiptProof, type Receipt, receiptCodec } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { storeKeys } from '../store/columns.ts';
import { parseEvents } from '../store/event-text.ts';
import { LruCache } from '../store/lru-cache.ts';
import { executionCodec, heightEntryCodec, numberCodec, transactionPlaceCodec } from '../store/records.ts';
import type { AcceptedBlock } from './accepted-block.ts';
import type { Chain } from './chain.ts';
import type { Page, PageQuery, PlacedEvent, TransactionStatus } from './read-answers.ts';
import { parseStoredBlock } from './stored-block.ts';
import { findTasks, type TaskQuery } from './task-index.ts';

/** Bytes of accepted blocks that stay parsed. */
const BLOCK_CACHE_BYTES = 16 * 1024 * 1024;
/** What an entry weighs beside its block's bytes. */
const BLOCK_OVERHEAD_BYTES = 2_048;

/** Reads of accepted blocks and their indexes. What a batch under way brought already is not shown. */
export class ChainReader {
  readonly #chain: Chain;
  readonly #blocks = new LruCache<AcceptedBlock>(
    BLOCK_CACHE_BYTES,
    ({ block }) => block.bytes.length + BLOCK_OVERHEAD_BYTES,
  );

  constructor(chain: Chain) {
    this.#chain = chain;
    chain.onAccepted((accepted) => this.#blocks.set(bytesToHex(accepted.block.id), accepted));
  }

  /** Forgets the blocks that it holds parsed: the chain went back, and some are none of its any more. */
  forget(): void {
    this.#blocks.clear();
  }

  getBlock(ref: number | Uint8Array): AcceptedBlock | undefined {
    if (typeof ref === 'number') {
      const id = this.getBlockId(ref);
      return id && this.getBlock(id);
    }
    const accepted = this.#blocks.get(bytesToHex(ref)) ?? this.#loadBlock(ref);
    return accepted !== undefined && this.#isAccepted(accepted.block.header.height) ? accepted : undefined;
  }

  getBlockId(height: number): Uint8Array | undefined {
    return this.#isAccepted(height) ? this.#read(storeKeys.height(height), heightEntryCodec)?.id : undefined;
  }

  getTransaction(id: Uint8Array): Extract<TransactionStatus, { state: 'accepted' }> | undefined {
    const place = this.#read(storeKeys.transaction(id), transactionPlaceCodec);
    if (place === undefined) return undefined;
    const { height, index } = place;
    const accepted = this.getBlock(height);
    const outcome = accepted?.outcomes[index];
    if (outcome === undefined) return undefined;
    return { state: 'accepted', height, index, outcome, detail: accepted?.details[index] ?? '' };
  }

  getTransactionBody(id: Uint8Array): Transaction | undefined {
    const place = this.#read(storeKeys.transaction(id), transactionPlaceCodec);
    return place && this.getBlock(place.height)?.block.transactions[place.index];
  }

  getReceipt(index: number): Receipt | undefined {
    return this.#isReceipt(index) ? this.#read(storeKeys.receipt(index), receiptCodec) : undefined;
  }

  /** @throws AivmError `out_of_range` unless index < count ≤ the receipts so far. */
  getReceiptProof(index: number, count: number): readonly Uint8Array[] {
    const { receiptCount } = this.#chain.header;
    if (count > receiptCount) {
      throw new AivmError('out_of_range', `count: ${count}, the tree holds ${receiptCount} receipts`);
    }
    const getNode = (level: number, at: number): Uint8Array | undefined =>
      this.#chain.store.get(storeKeys.receiptNode(level, at));
    return createReceiptProof({ index, count, getNode });
  }

  /**
   * Ids of tasks, newest first. A page of a very long chain may be short or empty and still have a cursor.
   * @throws AivmError `malformed` for a cursor that no page gave.
   */
  listTasks({ cursor, limit, ...query }: TaskQuery & PageQuery): Page<string> {
    const { taskCount } = this.#chain.head;
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      throw new AivmError('malformed', `cursor: "${cursor.slice(0, 40)}" is not one of a task list`);
    }
    const before = Math.min(cursor === undefined ? taskCount : Number(cursor), taskCount);
    const { ids, next } = findTasks(this.#chain.store, query, { before, limit });
    return { items: ids, nextCursor: next?.toString() };
  }

  /** Events strictly after a place, oldest first, at most `limit`. Blocks without events cost nothing. */
  readEvents(
    after: { readonly height: number; readonly index: number },
    limit: number,
  ): readonly PlacedEvent[] {
    const { height: headHeight, eventfulCount } = this.#chain.head;
    if (after.height > headHeight) return [];
    const from = this.#read(storeKeys.height(Math.max(after.height, 0)), heightEntryCodec);
    const placed: PlacedEvent[] = [];
    let number = from?.eventfulBefore ?? 0;
    for (; number < eventfulCount && placed.length < limit; number++) {
      const height = this.#read(storeKeys.eventful(number), numberCodec);
      if (height === undefined) break;
      for (const event of this.#eventsAt(height)) {
        const isAfter = event.height > after.height || event.index > after.index;
        if (isAfter && placed.length < limit) placed.push(event);
      }
    }
    return placed;
  }

  #eventsAt(height: number): readonly PlacedEvent[] {
    const accepted = this.getBlock(height);
    if (accepted === undefined) return [];
    const { timestamp } = accepted.block.header;
    return accepted.events.map((event, index) => ({ height, index, timestamp, event }));
  }

  #loadBlock(id: Uint8Array): AcceptedBlock | undefined {
    const bytes = this.#chain.store.get(storeKeys.block(id));
    const execution = this.#read(storeKeys.execution(id), executionCodec);
    if (bytes === undefined || execution === undefined) return undefined;
    const block = parseStoredBlock(bytes, execution.senders);
    const events = this.#chain.store.get(storeKeys.events(block.header.height));
    const { outcomes, details } = execution;
    const accepted = {
      block,
      outcomes,
      details,
      events: events === undefined ? [] : parseEvents(bytesToUtf8(events) ?? ''),
    };
    if (equalBytes(block.id, id)) this.#blocks.set(bytesToHex(id), accepted);
    return accepted;
  }

  #isAccepted(height: number): boolean {
    return Number.isInteger(height) && height >= 0 && height <= this.#chain.head.height;
  }

  #isReceipt(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.#chain.header.receiptCount;
  }

  #read<T>(key: Uint8Array, codec: Codec<T>): T | undefined {
    const value = this.#chain.store.get(key);
    return value === undefined ? undefined : parse(codec, value);
  }
}
