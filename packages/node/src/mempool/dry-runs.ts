import { type BlockParent, bytesToHex, DryRun, equalBytes, type Transaction } from '@aivm/core';
import { LruCache } from '../store/lru-cache.ts';

/** Senders whose run is kept; each holds what its pending transactions change. */
const RUNS_MAX = 256;

interface SenderRun {
  readonly headId: Uint8Array;
  readonly run: DryRun;
  /** What was applied, in order. */
  readonly applied: Transaction[];
}

/** Dry runs by sender on the last accepted state, so that a row of transactions is not executed anew for each of them. */
export class DryRuns {
  readonly #runs = new LruCache<SenderRun>(RUNS_MAX);

  /**
   * Runs `tx` after its sender's `earlier` ones.
   * @throws AivmError why it would be refused. Earlier ones may fail.
   */
  check(head: BlockParent, earlier: readonly Transaction[], tx: Transaction): void {
    const key = bytesToHex(tx.sender);
    const known = this.#runs.get(key);
    const current = known !== undefined && continues(known, head, earlier) ? known : begin(head, earlier);
    this.#runs.set(key, current);
    current.run.try(tx);
    current.applied.push(tx);
  }
}

const continues = (
  { headId, applied }: SenderRun,
  head: BlockParent,
  earlier: readonly Transaction[],
): boolean =>
  equalBytes(headId, head.id) &&
  applied.length === earlier.length &&
  applied.every((tx, i) => tx === earlier[i]);

function begin(head: BlockParent, earlier: readonly Transaction[]): SenderRun {
  const run = new DryRun(head);
  for (const tx of earlier) run.apply(tx);
  return { headId: head.id, run, applied: [...earlier] };
}
