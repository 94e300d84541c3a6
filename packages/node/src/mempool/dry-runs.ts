import { type BlockParent, bytesToHex, DryRun, equalBytes, type Transaction } from '@aivm/core';
import { LruCache } from '../store/lru-cache.ts';

/** A row of transactions tried on a state: core's `DryRun`. */
export type TransactionRow = Pick<DryRun, 'try' | 'apply'>;

/** Begins a row on a block: core's `DryRun`, or something that gives the same. */
export type BeginDryRun = (head: BlockParent) => TransactionRow;

export const beginDryRun: BeginDryRun = (head) => new DryRun(head);

/** Senders whose run is kept; each holds what its pending transactions change. */
const RUNS_MAX = 256;

interface SenderRun {
  readonly run: TransactionRow;
  /** What was applied, in order. */
  readonly applied: Transaction[];
}

/** Dry runs by sender on the last accepted state, so that a row of transactions is not executed anew for each of them. */
export class DryRuns {
  readonly #runs = new LruCache<SenderRun>(RUNS_MAX);
  readonly #begin: BeginDryRun;
  #headId: Uint8Array | undefined;

  constructor(begin: BeginDryRun = beginDryRun) {
    this.#begin = begin;
  }

  /**
   * Runs `tx` after its sender's `earlier` ones.
   * @throws AivmError why it would be refused. Earlier ones may fail.
   */
  check(head: BlockParent, earlier: readonly Transaction[], tx: Transaction): void {
    if (this.#headId === undefined || !equalBytes(this.#headId, head.id)) {
      // Nobody continues on an older block, and what its runs read and changed need not be held.
      this.#runs.clear();
      this.#headId = head.id;
    }
    const key = bytesToHex(tx.sender);
    const known = this.#runs.get(key);
    const current = known !== undefined && continues(known, earlier) ? known : this.#start(head, earlier);
    this.#runs.set(key, current);
    current.run.try(tx);
    current.applied.push(tx);
  }

  #start(head: BlockParent, earlier: readonly Transaction[]): SenderRun {
    const run = this.#begin(head);
    for (const tx of earlier) run.apply(tx);
    return { run, applied: [...earlier] };
  }
}

const continues = ({ applied }: SenderRun, earlier: readonly Transaction[]): boolean =>
  applied.length === earlier.length && applied.every((tx, i) => tx === earlier[i]);
