import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { text, u32, u64, u128 } from '../../bytes/codec/primitives.ts';
import type { TreeUpdate } from '../../state/commitment/node.ts';
import type { ReceiptNode } from '../../state/receipts-tree/frontier.ts';
import type { Receipt } from '../../state/records/receipt.ts';
import type { ProtocolEvent } from './events.ts';

/** What became of one transaction of a block; the header commits to all of them. */
export const outcomeCodec = struct('Outcome', {
  /** Empty when the operation took effect, else the code of its refusal. */
  code: text(64),
  work: u32,
  /** The fee that the operation burned (for a task: its admission). */
  burned: u128,
  nonce: u64,
});

export type Outcome = CodecValue<typeof outcomeCodec>;

/** A receipt as a block wrote it. */
export interface WrittenReceipt {
  readonly index: number;
  readonly receipt: Receipt;
  readonly leaf: Uint8Array;
}

/** Everything that accepting a block has to store. Nothing of it is stored by executing. */
export interface ExecutionResult {
  /** New values by hex of the key; undefined deletes. */
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly tree: TreeUpdate;
  readonly outcomes: readonly Outcome[];
  /** Human detail of refusals, by transaction index; not part of consensus. */
  readonly details: readonly string[];
  readonly receipts: readonly WrittenReceipt[];
  readonly receiptNodes: readonly ReceiptNode[];
  readonly events: readonly ProtocolEvent[];
}
