import type { SubmitEntry, TransactionInfo, TransactionPlace } from '@aivm/sdk';

/** How long a client waits, and for what. */
export interface UpstreamWait {
  readonly wait?: 'accepted' | 'final' | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Another node that takes transactions for this one, which orders none: a follower's source. */
export interface TransactionUpstream {
  /**
   * Hands on what a client posted and gives the other node's own answer, once this node has the block that it names.
   * @throws AivmError the other node's refusal; `unreachable` or `timeout` where it gave no answer, and what became of the
   * transaction is unknown.
   */
  submit(
    body: Uint8Array | readonly Uint8Array[],
    wait: UpstreamWait,
  ): Promise<TransactionPlace | readonly SubmitEntry[]>;
  /** A transaction that this node does not have yet; undefined where the other has none or gives no answer. */
  find(hash: Uint8Array, wait: UpstreamWait): Promise<TransactionInfo | undefined>;
  /** The nonce that the address should sign next, by the other node's pool; undefined where it gives no answer. */
  nextNonce(address: Uint8Array): Promise<bigint | undefined>;
}
