import { type BeaconCheck, type BlockParent, buildBlock, DryRun, verifyBlock } from '@aivm/core/execute';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { parseTransaction, type Transaction } from '@aivm/core/tx';
import { createCommitBatch } from './commit-batch.ts';

/** A row of transactions tried on a state: core's `DryRun`. */
export type TransactionRow = Pick<DryRun, 'try' | 'apply'>;

/**
 * Everything that a node computes: bytes to transactions, transactions to blocks, blocks to states, results to batches.
 * Every engine gives the same; a node replaces a part of it to remember results, or to share them with other nodes of the
 * process.
 */
export interface ExecutionEngine {
  /** A transaction with its sender recovered. @throws AivmError where the bytes are none. */
  readonly parseTransaction: (bytes: Uint8Array) => Transaction;
  readonly buildBlock: typeof buildBlock;
  /** Re-executes a block on its parent. @throws AivmError `block_invalid`. */
  readonly verifyBlock: typeof verifyBlock;
  /**
   * Whether the host vouches for a header's beacon, of a host whose engine gives some (a VRF, a threshold signature); it
   * throws `block_invalid` where it does not. Without one every beacon but zero is refused, as of all hosts here.
   */
  readonly checkBeacon?: BeaconCheck | undefined;
  /** Begins to try transactions on a block. */
  readonly beginDryRun: (head: BlockParent) => TransactionRow;
  /** What accepting a block writes. */
  readonly createCommitBatch: typeof createCommitBatch;
  /** The backend of kernel rounds, asked before every block. */
  readonly kernels: () => KernelBackend;
}

/** Core's own functions with the reference kernels. */
export const coreEngine: ExecutionEngine = {
  parseTransaction,
  buildBlock,
  verifyBlock,
  beginDryRun: (head) => new DryRun(head),
  createCommitBatch,
  kernels: () => referenceBackend,
};
