import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u32, u64, u128 } from '../../bytes/codec/primitives.ts';

/** What an address owns. An account that was never touched is all zeros and is not stored. */
export const accountCodec = struct('Account', {
  /** In the smallest unit. */
  balance: u128,
  /** The nonce that the next transaction of this address must carry. */
  nonce: u64,
  /** Tasks of this requester that wait in the queue. */
  pendingTasks: u32,
});

export type Account = CodecValue<typeof accountCodec>;

export const EMPTY_ACCOUNT: Account = { balance: 0n, nonce: 0n, pendingTasks: 0 };
