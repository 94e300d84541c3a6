import type { AnchorMessage, BlockHeader } from '@aivm/core/block';
import type { CommittedState, Config, Params, Receipt } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { AnchorSinkStatus } from '../anchors/anchor-delivery.ts';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { DisputeRecord, Page, PlacedEvent, TransactionStatus } from '../chain/read-answers.ts';
import type { DisputeEntry } from '../store/records.ts';

/** What the HTTP layer may ask of a node. Everything it answers is of accepted, durable blocks. */
export interface NodeApi {
  readonly chainId: bigint;
  readonly config: Config;
  readonly params: Params;
  /** Seconds. */
  readonly genesisTimestamp: number;
  lastAccepted(): { readonly id: Uint8Array; readonly header: BlockHeader };
  /** The last accepted state. */
  state(): CommittedState;
  getBlock(ref: number | Uint8Array): AcceptedBlock | undefined;
  getTransaction(id: Uint8Array): TransactionStatus | undefined;
  /** The bytes of an accepted or pending transaction. */
  getTransactionBody(id: Uint8Array): Transaction | undefined;
  /** The nonce that this address should sign next, pending transactions included. */
  nextNonce(address: Uint8Array): bigint;
  /** Task ids, newest first. */
  listTasks(query: {
    readonly status?: number;
    readonly model?: string;
    readonly provider?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Page<string>;
  getReceipt(index: number): Receipt | undefined;
  /** Siblings of leaf `index` in the tree of the first `count` receipts. */
  getReceiptProof(index: number, count: number): readonly Uint8Array[];
  /** How many anchors accepted blocks made. */
  anchorCount(): number;
  /** One of them, by its number from 0. */
  getAnchor(number: number): AnchorMessage | undefined;
  /** How far each sink of anchors is. */
  anchorSinks(): readonly AnchorSinkStatus[];
  /** By the id of the transaction that opened it, or by task: its latest. */
  getDispute(
    ref: { readonly challenge: Uint8Array } | { readonly taskId: string },
  ): DisputeRecord | undefined;
  /** Disputes, newest first. A page of a long list may be short and still have a cursor. */
  listDisputes(query: {
    /** A DisputeVerdict. */
    readonly verdict?: number;
    readonly cursor?: string;
    readonly limit: number;
  }): Page<DisputeEntry>;
  /** A signed transaction, its sender recovered; admits nothing. @throws AivmError where the bytes are none. */
  parseTransaction(bytes: Uint8Array): Transaction;
  /** Admits a signed transaction to the pool. @throws AivmError with the reason; nothing is changed then. */
  submitTransaction(bytes: Uint8Array): Transaction;
  /** Resolves when the transaction is in an accepted block. @throws AivmError `timeout`, or why it was dropped. */
  waitForTransaction(
    id: Uint8Array,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Extract<TransactionStatus, { state: 'accepted' }>>;
  /** Resolves at the next accepted block after `height` (at once when there is one already), or after `timeoutMs`. */
  waitForBlock(
    height: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<number>;
  /** Events strictly after the given place, oldest first, at most `limit`. */
  readEvents(
    after: { readonly height: number; readonly index: number },
    limit: number,
  ): readonly PlacedEvent[];
  health(): {
    readonly healthy: boolean;
    readonly details: Readonly<Record<string, string | number | boolean>>;
  };
}
