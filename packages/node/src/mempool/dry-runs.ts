import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { BlockParent } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
import { coreEngine, type ExecutionEngine, type TransactionRow } from '../chain/engine.ts';
import { LruCache } from '../store/lru-cache.ts';

/** Senders whose runs are kept; each holds what its pending transactions change. */
const RUNS_MAX = 256;
/** Earlier transactions that one check may have to apply, 20 to 60 µs each: with more, the check is left to the block. */
const APPLIES_PER_CHECK_MAX = 512;
/** The same for one sender on one head. A row that only grows is applied once; replacing in its middle begins it anew. */
const APPLIES_PER_HEAD_MAX = 1_024;

interface SenderRun {
  readonly run: TransactionRow;
  /** What was applied, in order. */
  readonly applied: Transaction[];
}

/** The two rows of a sender: all that is pending, and the beginning of it that a replacement was last tried after. */
interface SenderRuns {
  tail: SenderRun | undefined;
  prefix: SenderRun | undefined;
}

/** Dry runs by sender on the last accepted state, so that a row of transactions is not executed anew for each of them. */
export class DryRuns {
  readonly #runs = new LruCache<SenderRuns>(RUNS_MAX);
  /** Transactions applied on this head, by sender; only of those that have some pending. */
  readonly #applies = new Map<string, number>();
  readonly #begin: ExecutionEngine['beginDryRun'];
  #headId: Uint8Array | undefined;

  constructor({ beginDryRun }: Pick<ExecutionEngine, 'beginDryRun'> = coreEngine) {
    this.#begin = beginDryRun;
  }

  /**
   * Runs `tx` after its sender's `earlier` ones. A replacement keeps the row of those after it: one that is refused
   * costs nothing more.
   * @returns whether it was run: after too many earlier ones it is not
   * @throws AivmError why it would be refused, or `rate_limited` when this sender's were applied too often since the last
   * block. Earlier ones may fail.
   */
  check(
    head: BlockParent,
    earlier: readonly Transaction[],
    tx: Transaction,
    { isReplacement = false }: { readonly isReplacement?: boolean } = {},
  ): boolean {
    this.#follow(head);
    const key = bytesToHex(tx.sender);
    const runs = this.#runs.get(key) ?? { tail: undefined, prefix: undefined };
    const known = isReplacement ? runs.prefix : runs.tail;
    const isKnown = known !== undefined && begins(known, earlier, isReplacement);
    const missing = earlier.length - (isKnown ? known.applied.length : 0);
    if (missing > APPLIES_PER_CHECK_MAX) return false;
    this.#countApplies(key, missing);
    const current = isKnown ? known : { run: this.#begin(head), applied: [] };
    for (const before of earlier.slice(current.applied.length)) {
      current.run.apply(before);
      current.applied.push(before);
    }
    this.#runs.set(key, isReplacement ? { ...runs, prefix: current } : { ...runs, tail: current });
    current.run.try(tx);
    current.applied.push(tx);
    return true;
  }

  /** Forgets every run. */
  clear(): void {
    this.#headId = undefined;
    this.#runs.clear();
    this.#applies.clear();
  }

  #follow(head: BlockParent): void {
    if (this.#headId !== undefined && equalBytes(this.#headId, head.id)) return;
    // Nobody continues on an older block, and what its runs read and changed need not be held.
    this.#runs.clear();
    this.#applies.clear();
    this.#headId = head.id;
  }

  #countApplies(key: string, count: number): void {
    if (count === 0) return;
    const sum = (this.#applies.get(key) ?? 0) + count;
    if (sum > APPLIES_PER_HEAD_MAX) {
      throw new AivmError(
        'rate_limited',
        `account 0x${key}: its pending transactions were run ${sum - count} times since the last block; replace them after the next one`,
      );
    }
    this.#applies.set(key, sum);
  }
}

/** Whether a run goes on to `earlier`. The row of all that is pending has to be it, so that it may only grow. */
function begins({ applied }: SenderRun, earlier: readonly Transaction[], isPrefix: boolean): boolean {
  const fits = isPrefix ? applied.length <= earlier.length : applied.length === earlier.length;
  return fits && applied.every((tx, i) => tx === earlier[i]);
}
