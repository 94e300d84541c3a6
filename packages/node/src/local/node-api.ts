import type { BlockHeader } from '@aivm/core/block';
import type { CommittedState, Config, Params } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { Clock } from '@aivm/sdk';
import type { AnchorOutbox } from '../anchors/anchor-outbox.ts';
import type { ChainReader } from '../chain/chain-reader.ts';
import type { DisputeReader } from '../chain/dispute-reader.ts';
import type { TransactionStatus } from '../chain/read-answers.ts';
import type { Health } from '../health.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';

/** What the HTTP layer may ask of a node. Everything it answers is of accepted, durable blocks. */
export interface NodeApi {
  readonly chainId: bigint;
  /** Hash of the genesis, 32 bytes: the other part of what a signature is for. */
  readonly genesisHash: Uint8Array;
  readonly config: Config;
  readonly params: Params;
  /** Seconds. */
  readonly genesisTimestamp: number;
  /** What waits are measured by; its times are only to be compared with one another. */
  readonly clock: Clock;
  /** Accepted blocks with their receipts and events, and lists of tasks. */
  readonly blocks: Pick<
    ChainReader,
    'getBlock' | 'getBlockId' | 'getReceipt' | 'getReceiptProof' | 'listTasks' | 'readEvents'
  >;
  readonly disputes: Pick<DisputeReader, 'get' | 'list'>;
  /** The anchors of accepted blocks, and how far each sink is. */
  readonly anchors: Pick<AnchorOutbox, 'count' | 'get' | 'sinks' | 'signatures'>;
  /** Undefined on a node that has no directory for them. */
  readonly snapshots?: Pick<Snapshots, 'list' | 'open' | 'readChunk'> | undefined;
  lastAccepted(): { readonly id: Uint8Array; readonly header: BlockHeader };
  /** The last accepted state. */
  state(): CommittedState;
  getTransaction(id: Uint8Array): TransactionStatus | undefined;
  /** The bytes of an accepted or pending transaction. */
  getTransactionBody(id: Uint8Array): Transaction | undefined;
  /** The nonce that this address should sign next, pending transactions included. */
  nextNonce(address: Uint8Array): bigint;
  /** A signed transaction, its sender recovered; admits nothing. @throws AivmError where the bytes are none. */
  parseTransaction(bytes: Uint8Array): Transaction;
  /** Admits a signed transaction to the pool. @throws AivmError with the reason; nothing is changed then. */
  submitTransaction(bytes: Uint8Array): Transaction;
  /** Resolves when the transaction is in an accepted block. @throws AivmError `timeout`, or why it was dropped. */
  waitForTransaction(
    id: Uint8Array,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Extract<TransactionStatus, { state: 'accepted' }>>;
  /** Resolves at the next accepted block after `height` (at once when there is one already), or after `timeoutMs`. */
  waitForBlock(
    height: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<number>;
  health(): Health;
  /** How often a development chain went back to a snapshot: what was read of its blocks before may be none of its any more. */
  readonly rewindCount: number;
}
