import type { StatelessVertex } from '../../block/vertex.ts';
import type { Params } from '../../state/params.ts';
import type { Transaction } from '../../tx/transaction.ts';
import { transactionWork } from '../../tx/work.ts';

/** Bytes of a block that are not its contents: the header and the counts, rounded up. */
const BLOCK_OVERHEAD_BYTES = 512;
/** The length in front of each transaction or vertex; also a place among the left out ones. */
const ITEM_OVERHEAD_BYTES = 4;
/** Work units of a vertex beside its transactions: its hash, its record, its place among others. */
const VERTEX_WORK = 200;

/**
 * Work units of executing a vertex. Every transaction counts, also one that turns out not to be valid yet: who verifies
 * the block has to find that out.
 */
export const vertexWork = ({ transactions }: Pick<StatelessVertex, 'transactions'>): number =>
  transactions.reduce((sum, tx) => sum + transactionWork(tx), VERTEX_WORK);

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
    return this.#take({ bytes: tx.bytes.length + ITEM_OVERHEAD_BYTES, work: transactionWork(tx), count: 1 });
  }

  /** The same for a vertex with all of its transactions. */
  takeVertex(vertex: Pick<StatelessVertex, 'transactions' | 'bytes'>): boolean {
    const count = vertex.transactions.length;
    const bytes = vertex.bytes.length + ITEM_OVERHEAD_BYTES * (1 + count);
    return this.#take({ bytes, work: vertexWork(vertex), count });
  }

  #take({ bytes, work, count }: { bytes: number; work: number; count: number }): boolean {
    if (bytes > this.#bytes || work > this.#work || count > this.#count) return false;
    this.#bytes -= bytes;
    this.#work -= work;
    this.#count -= count;
    return true;
  }
}

/** Whether a block of a chain with these parameters can execute the vertex at all. */
export const fitsBlock = (
  params: ConstructorParameters<typeof BlockRoom>[0],
  vertex: Pick<StatelessVertex, 'transactions' | 'bytes'>,
): boolean => new BlockRoom(params).takeVertex(vertex);
