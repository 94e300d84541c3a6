import type { BlockHeader, StatelessBlock } from '@aivm/core/block';
import type { Transaction } from '@aivm/core/tx';
import type { Work } from '../builder/propose-block.ts';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { Health } from '../health.ts';

/** What a node offers to whatever orders its blocks. A host drives it; the node never orders anything itself. */
export interface HostPort {
  /** Admits a transaction to the pool. @throws AivmError why not. */
  submitTransaction(bytes: Uint8Array): Transaction;
  lastAccepted(): { readonly id: Uint8Array; readonly header: BlockHeader };
  /** The block that `propose` extends. */
  preferred(): { readonly id: Uint8Array; readonly header: BlockHeader };
  setPreference(id: Uint8Array): void;
  /**
   * A block on the preferred one, not yet verified. `timestamp` in seconds; raised to the parent's.
   * @throws AivmError `wrong_state` when there is nothing to make a block for.
   */
  propose(timestamp: number): StatelessBlock;
  parseBlock(bytes: Uint8Array): StatelessBlock;
  /** An undecided block by id. */
  findBlock(id: Uint8Array): StatelessBlock | undefined;
  /** Re-executes in full. @throws AivmError `block_invalid`. */
  verify(block: StatelessBlock): void;
  /** Durable and atomic once it resolves. */
  accept(id: Uint8Array): Promise<AcceptedBlock>;
  reject(id: Uint8Array): void;
  work(): Work;
  /** Resolves as soon as there is work, or transactions to carry; every outstanding call does. */
  waitForWork(options: {
    readonly kind?: 'any' | 'transactions';
    readonly signal?: AbortSignal;
  }): Promise<Work>;
  /** What made the store fail, if anything did: the node then only serves reads, and must be restarted. */
  readonly failure: unknown;
}

/** Something that orders blocks. */
export interface Host {
  readonly kind: string;
  start(): void;
  /** Ends, after the block in progress. Idempotent. */
  stop(): Promise<void>;
  health(): Health;
}
