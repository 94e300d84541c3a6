import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import type { Clock } from '@aivm/sdk';
import { type BlockSources, type Work, workOn } from '../builder/propose-block.ts';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { Chain } from '../chain/chain.ts';
import type { ChainReader } from '../chain/chain-reader.ts';
import type { TransactionStatus } from '../chain/read-answers.ts';
import { Waiters, type WaitOptions } from './waiters.ts';

/** A transaction in an accepted block. */
export type AcceptedTransaction = Extract<TransactionStatus, { state: 'accepted' }>;

/** A wait with an end. */
type BoundedWait = WaitOptions & { readonly timeoutMs: number };

interface WorkWait {
  /** `any` [default] also waits for tasks and timers; `transactions` waits for transactions alone. */
  readonly kind?: 'any' | 'transactions' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Everybody who waits for something to happen on this node. */
export class NodeWaits {
  readonly #chain: Chain;
  readonly #sources: BlockSources;
  readonly #reader: ChainReader;
  readonly #transactions: Waiters<AcceptedTransaction>;
  readonly #blocks: Waiters<number>;
  readonly #works: Waiters<Work>;
  #closed: AivmError | undefined;

  constructor(
    sources: BlockSources,
    { reader, clock }: { readonly reader: ChainReader; readonly clock: Clock },
  ) {
    this.#transactions = new Waiters({ clock });
    this.#blocks = new Waiters({ clock });
    this.#works = new Waiters({ clock });
    this.#chain = sources.chain;
    this.#sources = sources;
    this.#reader = reader;
  }

  async transaction(id: Uint8Array, options: BoundedWait): Promise<AcceptedTransaction> {
    this.#assertOpen();
    const accepted = this.#reader.getTransaction(id);
    if (accepted !== undefined) return accepted;
    const hex = bytesToHex(id);
    const { pool, vertices } = this.#sources;
    if ((pool.get(id) ?? vertices.transaction(id)) === undefined)
      throw new AivmError('not_found', `transaction ${hex}`);
    return this.#transactions.wait(hex, options, () => {
      throw new AivmError('timeout', `transaction ${hex} is still pending after ${options.timeoutMs} ms`);
    });
  }

  async block(height: number, options: BoundedWait): Promise<number> {
    this.#assertOpen();
    const { head } = this.#chain;
    if (head.height > height) return head.height;
    return this.#blocks.wait('', options, () => this.#chain.head.height);
  }

  async work({ kind = 'any', ...options }: WorkWait): Promise<Work> {
    this.#assertOpen();
    const work = workOn(this.#sources);
    if (work.transactions || (work.timers && kind === 'any')) return work;
    return this.#works.wait(kind, options, () => workOn(this.#sources));
  }

  accepted({ block, outcomes, details }: AcceptedBlock): void {
    const { height } = block.header;
    for (const [index, { id }] of block.transactions.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error(`block ${height}: transaction ${index} has no outcome`);
      const detail = details[index] ?? '';
      this.#transactions.resolve(bytesToHex(id), { state: 'accepted', height, index, outcome, detail });
    }
    this.#blocks.resolve('', height);
    this.wake();
  }

  dropped(tx: Transaction, reason: AivmError): void {
    this.#transactions.reject(bytesToHex(tx.id), reason);
  }

  /** Something changed: waits for work end if there is any now. */
  wake(): void {
    if (this.#works.size === 0) return;
    const work = workOn(this.#sources);
    if (work.transactions) this.#works.resolve('transactions', work);
    if (work.transactions || work.timers) this.#works.resolve('any', work);
  }

  /** The chain went back: whoever waits for a block looks again. */
  rewound(): void {
    this.#blocks.resolve('', this.#chain.head.height);
    this.wake();
  }

  close(reason: AivmError): void {
    this.#closed = reason;
    for (const waiters of [this.#transactions, this.#blocks, this.#works]) waiters.rejectAll(reason);
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }
}
