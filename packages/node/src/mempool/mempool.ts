import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { BlockParent } from '@aivm/core/execute';
import { type Params, readAccount, readChain, type StateReader } from '@aivm/core/state';
import { isExpired, type Transaction, transactionWork } from '@aivm/core/tx';
import { coreEngine, type ExecutionEngine } from '../chain/engine.ts';
import { Listeners } from '../listeners.ts';
import { checkBalance, checkPlace, expired, reasonToEvict } from './admission.ts';
import { DryRuns } from './dry-runs.ts';
import { DEFAULT_MEMPOOL_LIMITS, type MempoolLimits, paymentOf } from './limits.ts';
import { type PooledTransaction, SenderQueue } from './sender-queue.ts';

/** Dry runs of transactions that re-checking may cost a block, about 200 µs each. */
const RECHECK_RUNS_MAX = 500;
/** Senders that one block's re-check, or one search for room, visits. */
const VISITS_MAX = 256;

/** What a pool needs of the node around it. */
export interface MempoolDependencies {
  /** The last accepted block with its state. */
  readonly head: () => BlockParent;
  readonly params: Params;
  /** Default: core's. */
  readonly engine?: Pick<ExecutionEngine, 'beginDryRun'> | undefined;
}

/**
 * Transactions that wait for a block, by sender and nonce. A transaction comes in only if a dry run on the last
 * accepted state, after the sender's earlier pending ones, succeeds; one that is behind a missing nonce is not run
 * until it moves up, and neither is one behind hundreds of the same sender. Nothing here is durable or part of consensus.
 */
export class Mempool {
  readonly #limits: MempoolLimits;
  readonly #dependencies: MempoolDependencies;
  readonly #byId = new Map<string, PooledTransaction>();
  // Insertion order is the rotation of re-checks: a visited sender moves to the end.
  readonly #senders = new Map<string, SenderQueue>();
  readonly #engine: Pick<ExecutionEngine, 'beginDryRun'>;
  readonly #dryRuns: DryRuns;
  readonly #added = new Listeners<[Transaction]>();
  readonly #dropped = new Listeners<[Transaction, AivmError]>();
  #bytes = 0;
  #arrivals = 0;

  constructor(limits: Partial<MempoolLimits>, dependencies: MempoolDependencies) {
    this.#limits = { ...DEFAULT_MEMPOOL_LIMITS, ...limits };
    this.#dependencies = dependencies;
    this.#engine = dependencies.engine ?? coreEngine;
    this.#dryRuns = new DryRuns(this.#engine);
  }

  /** Calls `listener` after a transaction came in. Returns how to stop. */
  onAdded(listener: (tx: Transaction) => void): () => void {
    return this.#added.add(listener);
  }

  /** Calls `listener` after a transaction left the pool without being in a block. Returns how to stop. */
  onDropped(listener: (tx: Transaction, reason: AivmError) => void): () => void {
    return this.#dropped.add(listener);
  }

  get size(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: Uint8Array): Transaction | undefined {
    return this.#byId.get(bytesToHex(id))?.tx;
  }

  /** The nonce that `address` should sign next. */
  nextNonce(address: Uint8Array): bigint {
    const nonce = this.#accountNonce(address);
    const queue = this.#senders.get(bytesToHex(address));
    return nonce + BigInt(queue?.ready(nonce).length ?? 0);
  }

  /**
   * Admits a transaction.
   * @throws AivmError why not; then nothing has changed.
   */
  add(tx: Transaction): void {
    const { params, head } = this.#dependencies;
    if (this.#byId.has(bytesToHex(tx.id))) {
      throw new AivmError('already_known', `transaction ${bytesToHex(tx.id)}`);
    }
    const queue = this.#senders.get(bytesToHex(tx.sender)) ?? new SenderQueue(tx.sender);
    const payment = paymentOf(tx, params);
    const replaced = queue.get(tx.nonce);
    const nonce = this.#accountNonce(tx.sender);
    const { header, state } = head();
    const { chainId } = header;
    const { genesisHash } = readChain(state);
    const height = header.height + 1;
    const limits = this.#limits;
    checkPlace(tx, queue, { nonce, payment, params, limits, chainId, genesisHash, height });
    const ready = queue.ready(nonce).map((pooled) => pooled.tx);
    const earlier = ready.slice(0, Number(tx.nonce - nonce));
    const isReady = nonce + BigInt(earlier.length) === tx.nonce;
    const isReplacement = replaced !== undefined;
    const isRun = isReady && this.#dryRuns.check(head(), earlier, tx, { isReplacement });
    if (!isRun) checkBalance(readAccount(head().state, tx.sender), payment);
    const evicted = this.#makeRoom(tx, { isReady, replaced });
    if (evicted !== undefined) this.#remove(evicted);
    const arrival = replaced?.arrival ?? this.#arrivals++;
    this.#insert(queue, { tx, arrival, payment, addedAtHeight: head().header.height });
    if (evicted !== undefined) this.#dropped.notify(evicted.tx, reasonToEvict(evicted, tx, replaced));
    this.#added.notify(tx);
  }

  /** Transactions for a block on `state`, by arrival, a sender's in nonce order, up to about `workMax`. */
  candidates(state: StateReader, workMax: number): readonly Transaction[] {
    const ranked: { tx: Transaction; rank: number }[] = [];
    for (const queue of this.#senders.values()) {
      let rank = 0;
      for (const { tx, arrival } of queue.ready(readAccount(state, queue.address).nonce)) {
        rank = Math.max(rank, arrival);
        ranked.push({ tx, rank });
      }
    }
    // Stable: a sender's equal ranks stay in nonce order.
    ranked.sort((left, right) => left.rank - right.rank);
    const chosen: Transaction[] = [];
    let work = 0;
    for (const { tx } of ranked) {
      if (work >= workMax) break;
      work += transactionWork(tx);
      chosen.push(tx);
    }
    return chosen;
  }

  /** Whether a block on `state` could carry a transaction of the pool. */
  hasCandidates(state: StateReader): boolean {
    for (const queue of this.#senders.values()) {
      if (queue.get(readAccount(state, queue.address).nonce) !== undefined) return true;
    }
    return false;
  }

  /** Forgets a transaction that can be in no block. */
  drop(id: Uint8Array, reason: AivmError): void {
    const pooled = this.#byId.get(bytesToHex(id));
    if (pooled === undefined) return;
    this.#remove(pooled);
    this.#dropped.notify(pooled.tx, reason);
  }

  /** Forgets everything: the chain went back. */
  clear(reason: AivmError): void {
    for (const { tx } of [...this.#byId.values()]) this.drop(tx.id, reason);
    this.#dryRuns.clear();
  }

  /** After a block was accepted, from this node or another: its transactions leave the pool, and those that it made impossible are dropped. */
  reconcile(carried: readonly Transaction[]): void {
    const senders = new Set<SenderQueue>();
    for (const tx of carried) {
      const pooled = this.#byId.get(bytesToHex(tx.id));
      const queue = this.#senders.get(bytesToHex(tx.sender));
      if (pooled !== undefined) this.#remove(pooled);
      if (queue !== undefined) senders.add(queue);
    }
    for (const queue of senders) {
      const nonce = this.#accountNonce(queue.address);
      for (const { tx } of queue.below(nonce)) {
        this.drop(tx.id, new AivmError('nonce_too_low', `nonce ${tx.nonce} was used by another transaction`));
      }
    }
    this.#recheck();
  }

  /** What must go so that `tx` fits: what it replaces, or for one that is next, one behind a missing nonce. */
  #makeRoom(
    tx: Transaction,
    { isReady, replaced }: { isReady: boolean; replaced: PooledTransaction | undefined },
  ): PooledTransaction | undefined {
    const { transactionsMax, bytesMax } = this.#limits;
    const count = this.#byId.size + (replaced === undefined ? 1 : 0);
    const bytes = this.#bytes + tx.bytes.length - (replaced?.tx.bytes.length ?? 0);
    if (count <= transactionsMax && bytes <= bytesMax) return replaced;
    const isNew = isReady && replaced === undefined;
    const victim = isNew ? this.#findWaiting(bytes - bytesMax) : undefined;
    if (victim === undefined) {
      throw new AivmError('pool_full', `${this.#byId.size} transactions of ${this.#bytes} bytes are pending`);
    }
    return victim;
  }

  /** A waiting transaction of at least that many bytes, among as many senders as one search may visit. */
  #findWaiting(bytesMin: number): PooledTransaction | undefined {
    for (const queue of this.#nextSenders()) {
      const waiting = queue.waiting(this.#accountNonce(queue.address));
      const victim = waiting.findLast(({ tx }) => tx.bytes.length >= bytesMin);
      if (victim !== undefined) return victim;
    }
    return undefined;
  }

  /** The senders that were not visited for longest. */
  *#nextSenders(): Iterable<SenderQueue> {
    const keys: string[] = [];
    for (const key of this.#senders.keys()) {
      if (keys.length >= VISITS_MAX) break;
      keys.push(key);
    }
    for (const key of keys) {
      const queue = this.#senders.get(key);
      if (queue === undefined) continue;
      this.#senders.delete(key);
      this.#senders.set(key, queue);
      yield queue;
    }
  }

  #recheck(): void {
    let runs = RECHECK_RUNS_MAX;
    for (const queue of this.#nextSenders()) {
      if (runs <= 0) return;
      runs -= this.#recheckSender(queue);
      this.#expireWaiting(queue);
    }
  }

  /** Drops the first of a sender's transactions that would fail now; those after it wait for its nonce. */
  #recheckSender(queue: SenderQueue): number {
    const ready = queue.ready(this.#accountNonce(queue.address));
    if (ready.length === 0) return 0;
    const run = this.#engine.beginDryRun(this.#dependencies.head());
    let runs = 0;
    for (const { tx } of ready) {
      runs++;
      try {
        run.try(tx);
      } catch (error) {
        if (!(error instanceof AivmError)) throw error;
        this.drop(tx.id, error);
        return runs;
      }
    }
    return runs;
  }

  #expireWaiting(queue: SenderQueue): void {
    const { height } = this.#dependencies.head().header;
    for (const { tx, addedAtHeight } of queue.waiting(this.#accountNonce(queue.address))) {
      if (isExpired(tx, height + 1)) {
        this.drop(tx.id, expired(tx, height + 1));
        continue;
      }
      if (addedAtHeight + this.#limits.gapBlocksMax >= height) continue;
      this.drop(tx.id, new AivmError('nonce_gap', `nonce ${tx.nonce}: the nonces before it never came`));
    }
  }

  #insert(queue: SenderQueue, pooled: PooledTransaction): void {
    queue.set(pooled);
    this.#senders.set(bytesToHex(queue.address), queue);
    this.#byId.set(bytesToHex(pooled.tx.id), pooled);
    this.#bytes += pooled.tx.bytes.length;
  }

  #remove({ tx }: PooledTransaction): void {
    const key = bytesToHex(tx.sender);
    const queue = this.#senders.get(key);
    queue?.delete(tx.nonce);
    if (queue?.size === 0) this.#senders.delete(key);
    this.#byId.delete(bytesToHex(tx.id));
    this.#bytes -= tx.bytes.length;
  }

  #accountNonce(address: Uint8Array): bigint {
    return readAccount(this.#dependencies.head().state, address).nonce;
  }
}
