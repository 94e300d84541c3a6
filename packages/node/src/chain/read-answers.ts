import type { Outcome, ProtocolEvent } from '@aivm/core/execute';
import type { DisputeEntry } from '../store/records.ts';

/** Where a transaction is. */
export type TransactionStatus =
  | { readonly state: 'pending' }
  | {
      readonly state: 'accepted';
      readonly height: number;
      readonly index: number;
      readonly outcome: Outcome;
      readonly detail: string;
    };

/** One event with its place: `height` of its block and `index` within it. */
export interface PlacedEvent {
  readonly height: number;
  readonly index: number;
  /** Block time, seconds. */
  readonly timestamp: number;
  readonly event: ProtocolEvent;
}

/** Which page is wanted. */
export interface PageQuery {
  /** Where the page begins: what the page before gave as `nextCursor`. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A page of ids and where the next page begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | undefined;
}

/** A dispute with its moves, oldest first. */
export interface DisputeRecord {
  readonly entry: DisputeEntry;
  readonly moves: readonly PlacedEvent[];
}
