import type { Params } from '../state/params.ts';
import type { Transaction } from '../tx/transaction.ts';
import { transactionWork } from '../tx/work.ts';

/** Bytes of a block that are not its transactions: the header and the count, rounded up. */
const BLOCK_OVERHEAD_BYTES = 512;
/** The length in front of each transaction. */
const TX_OVERHEAD_BYTES = 4;

/** Room left in a block that is being filled. */
export class BlockRoom {
  #bytes: number;
  #work: number;
  #count: number;

  constructor(params: Pick<Params, 'maxBlockBytes' | 'maxBlockWork' | 'maxBlockTransactions'>) {
    this.#bytes = params.maxBlockBytes - BLOCK_OVERHEAD_BYTES;
    this.#work = params.maxBlockWork;
    this.#count = params.maxBlockTransactions;
  }

  /** Takes the room that `tx` needs. @returns false, with nothing taken, where it does not fit. */
  take(tx: Pick<Transaction, 'operation' | 'bytes'>): boolean {
    const bytes = tx.bytes.length + TX_OVERHEAD_BYTES;
    const work = transactionWork(tx);
    if (bytes > this.#bytes || work > this.#work || this.#count < 1) return false;
    this.#bytes -= bytes;
    this.#work -= work;
    this.#count -= 1;
    return true;
  }
}
