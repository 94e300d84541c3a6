import { type BlockHeader, parseBlock, type StatelessBlock, type VertexPlace } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { BlockParent, ExecutionResult } from '@aivm/core/execute';
import type { CommittedState } from '@aivm/core/state';
import { Listeners } from '../listeners.ts';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore, StoreOperation } from '../store/key-value-store.ts';
import { LruCache } from '../store/lru-cache.ts';
import type { Head } from '../store/records.ts';
import type { AcceptedBlock } from './accepted-block.ts';
import { AcceptedState, type StateCacheLimits } from './accepted-state.ts';
import type { ExecutionEngine } from './engine.ts';
import type { LayeredState } from './layered-state.ts';
import { type ProcessingBlock, ProcessingBlocks } from './processing-blocks.ts';
import { checkVertexHistory, executedVertex } from './vertex-history.ts';

/** Bytes of parsed, undecided blocks that are kept so that they can be decided by id alone. */
const PARSED_BYTES_MAX = 64 * 1024 * 1024;

/** Results of blocks that were built here and are not verified yet; more than a host has open at once. */
const BUILT_MAX = 16;

/** Where a block is, as a chain sees it. */
export type BlockStatus = 'accepted' | 'processing' | 'unknown';

/** What a chain starts from: a store that holds `head`, whose block has this header. */
export interface ChainStart {
  readonly store: KeyValueStore;
  readonly head: Head;
  readonly header: BlockHeader;
  readonly engine: ExecutionEngine;
  readonly stateCache?: StateCacheLimits | undefined;
  /** Also re-executes blocks that were built here, to see that building and verifying agree. Default: false. */
  readonly verifyOwnBlocks?: boolean | undefined;
}

/** A block that can be built on, with the state after it. */
export interface ChainTip extends BlockParent {
  readonly state: LayeredState;
}

/**
 * The last accepted block, the blocks that are undecided above it, and the store. Verifying executes in full and
 * stores nothing; accepting writes one synced batch; rejecting forgets. One writer: accepts queue up.
 */
export class Chain {
  readonly store: KeyValueStore;
  #state: AcceptedState;
  readonly #stateCache: StateCacheLimits | undefined;
  #isRestoring = false;
  readonly #processing = new ProcessingBlocks();
  readonly #built = new LruCache<ExecutionResult>(BUILT_MAX);
  readonly #parsed = new LruCache<StatelessBlock>(PARSED_BYTES_MAX, (block) => block.bytes.length);
  readonly engine: ExecutionEngine;
  readonly #verifyOwnBlocks: boolean;
  readonly #accepted = new Listeners<[AcceptedBlock]>();
  #head: Head;
  #header: BlockHeader;
  #preferred: Uint8Array;
  #writing: Promise<unknown> = Promise.resolve();
  #accepting: Uint8Array | undefined;
  #failure: unknown;

  constructor({ store, head, header, engine, stateCache, verifyOwnBlocks = false }: ChainStart) {
    this.store = store;
    this.#head = head;
    this.#header = header;
    this.#preferred = head.id;
    this.engine = engine;
    this.#verifyOwnBlocks = verifyOwnBlocks;
    this.#state = new AcceptedState(store, head.stateRoot, stateCache);
    this.#stateCache = stateCache;
  }

  /** The last accepted block and the counts up to it. */
  get head(): Head {
    return this.#head;
  }

  get header(): BlockHeader {
    return this.#header;
  }

  /** The last accepted state. It moves on with every accept: do not hold on to values across an await. */
  get state(): CommittedState {
    if (this.#isRestoring) throw new AivmError('not_initialized', 'a snapshot is being restored');
    return this.#state;
  }

  get processingCount(): number {
    return this.#processing.size;
  }

  /** What made the store fail, if anything did; nothing is verified or accepted since. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Calls `listener` after every accept, in order. Returns how to stop. */
  onAccepted(listener: (accepted: AcceptedBlock) => void): () => void {
    return this.#accepted.add(listener);
  }

  /**
   * The block that these bytes encode; remembered, so that it can be verified, accepted and rejected by id.
   * @throws AivmError `malformed`, `too_large`, `bad_signature`.
   */
  parse(bytes: Uint8Array): StatelessBlock {
    const block = parseBlock(bytes, this.engine.parseTransaction);
    return this.remember(block);
  }

  /** Keeps a block as if it had been parsed. `built`: what building it here gave, so that it is not executed again. */
  remember(block: StatelessBlock, built?: ExecutionResult): StatelessBlock {
    if (built !== undefined && !this.#verifyOwnBlocks) this.#built.set(bytesToHex(block.id), built);
    const known = this.find(block.id);
    if (known !== undefined) return known;
    if (this.status(block) !== 'accepted') this.#parsed.set(bytesToHex(block.id), block);
    return block;
  }

  /** An undecided block that was parsed, built or verified. */
  find(id: Uint8Array): StatelessBlock | undefined {
    return this.#processing.get(id)?.block ?? this.#parsed.get(bytesToHex(id));
  }

  status({ id, header }: Pick<StatelessBlock, 'id' | 'header'>): BlockStatus {
    if (this.#processing.get(id) !== undefined) return 'processing';
    // While a batch is being written the store may hold a block that is not accepted yet.
    const isOld = header.height < this.#head.height && this.store.get(storeKeys.block(id)) !== undefined;
    return isOld || equalBytes(id, this.#head.id) ? 'accepted' : 'unknown';
  }

  /** A verified, undecided block. */
  processing(id: Uint8Array): ProcessingBlock | undefined {
    return this.#processing.get(id);
  }

  /** The last accepted block as a parent. */
  accepted(): ChainTip {
    return { id: this.#head.id, header: this.#header, state: this.#state };
  }

  /** A block to build on: the last accepted one or a verified one. */
  parentOf(id: Uint8Array): ChainTip | undefined {
    if (equalBytes(id, this.#head.id)) return this.accepted();
    const processing = this.#processing.get(id);
    return processing && { id, header: processing.block.header, state: processing.state };
  }

  /** The block that new blocks extend. */
  preferred(): ChainTip {
    const parent = this.parentOf(this.#preferred);
    if (parent === undefined) throw new Error('chain: the preferred block is gone');
    return parent;
  }

  /** @throws AivmError `not_found` unless the block is the last accepted one or verified. */
  setPreference(id: Uint8Array): void {
    if (this.parentOf(id) === undefined) throw new AivmError('not_found', `block ${bytesToHex(id)}`);
    this.#preferred = id;
  }

  /**
   * Re-executes a block on its parent and compares every root. Nothing is stored; verifying again is free, and so is a
   * block that was built here.
   * @throws AivmError `block_invalid`, or `wrong_state` when too many blocks are undecided.
   */
  verify(block: StatelessBlock): void {
    this.#assertWorking();
    if (this.status(block) !== 'unknown') return;
    const parent = this.parentOf(block.header.parentId);
    if (parent === undefined) {
      throw new AivmError('block_invalid', `parent ${bytesToHex(block.header.parentId)} is not verified`);
    }
    this.#processing.assertRoom();
    checkVertexHistory(block, (id) => this.executedVertex(id, parent.id));
    const key = bytesToHex(block.id);
    // The id commits to parent, contents and state: what building the block gave is what verifying it would give.
    const { verifyBlock, checkBeacon, kernels } = this.engine;
    const result = this.#built.get(key) ?? verifyBlock({ parent, block, kernels: kernels(), checkBeacon });
    this.#processing.add(block, result, parent.state);
    this.#parsed.delete(key);
    this.#built.delete(key);
  }

  /**
   * Makes a verified child of the last accepted block the last accepted one, durably, in one atomic write; its
   * siblings and what was built on them are forgotten.
   * @param beside what is written with it and is none of the chain's
   * @throws AivmError `not_found` when it is not verified, `wrong_state` when its parent is not the last accepted one.
   */
  accept(id: Uint8Array, beside: readonly StoreOperation[] = []): Promise<AcceptedBlock> {
    const accepted = this.#writing.then(() => this.#accept(id, beside));
    this.#writing = accepted.catch(() => undefined);
    return accepted;
  }

  /**
   * Forgets an undecided block and everything built on it. Rejecting twice, or what was dropped with a sibling, is fine.
   * @throws AivmError `wrong_state` when the block is accepted.
   */
  reject(id: Uint8Array): void {
    const isAccepting = this.#accepting !== undefined && equalBytes(id, this.#accepting);
    if (isAccepting || this.store.get(storeKeys.block(id)) !== undefined) {
      throw new AivmError('wrong_state', `block ${bytesToHex(id)} is accepted`);
    }
    this.#processing.drop(id);
    this.#parsed.delete(bytesToHex(id));
    this.#built.delete(bytesToHex(id));
    this.#keepPreference(this.#head.id);
  }

  /** The place of a vertex that `tip`, a verified or accepted block, or a block below it executed. */
  executedVertex(id: Uint8Array, tip: Uint8Array): VertexPlace | undefined {
    const { height: acceptedHeight } = this.#head;
    return executedVertex(id, tip, { store: this.store, processing: this.#processing, acceptedHeight });
  }

  /** Writes what is kept beside the chain, durably and at once, after the writes under way. */
  write(operations: readonly StoreOperation[]): Promise<void> {
    const written = this.#writing.then(() => this.#write(operations));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /**
   * Goes on from another place of the same chain, which `fill` brings the store to: a snapshot's. Only a chain at its genesis
   * can. What is read meanwhile fails with `not_initialized`.
   * @throws AivmError `wrong_state`, or why the store cannot be filled; the chain is of no use then.
   */
  async restore(fill: (store: KeyValueStore) => Promise<{ head: Head; header: BlockHeader }>): Promise<void> {
    this.#assertWorking();
    if (this.#head.height > 0 || this.#processing.size > 0) {
      throw new AivmError('wrong_state', `a chain at height ${this.#head.height} takes no snapshot`);
    }
    this.#isRestoring = true;
    try {
      const { head, header } = await fill(this.store);
      this.#start(head, header);
    } catch (cause) {
      this.#failure = cause;
      throw cause;
    } finally {
      this.#isRestoring = false;
    }
  }

  /** Runs between two writes: none is under way meanwhile. */
  between<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(run);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  /** Goes on from an earlier place of this chain, to which `undo` brings the store; what is undecided is forgotten. */
  rewind(undo: () => Promise<{ readonly head: Head; readonly header: BlockHeader }>): Promise<void> {
    return this.between(async () => {
      this.#assertWorking();
      try {
        const { head, header } = await undo();
        this.#start(head, header);
      } catch (cause) {
        // A mark that there is not has changed nothing.
        if (!(cause instanceof AivmError && cause.code === 'not_found')) this.#failure = cause;
        throw cause;
      }
      this.#processing.clear();
      this.#built.clear();
      this.#parsed.clear();
    });
  }

  #start(head: Head, header: BlockHeader): void {
    this.#head = head;
    this.#header = header;
    this.#preferred = head.id;
    this.#state = new AcceptedState(this.store, head.stateRoot, this.#stateCache);
  }

  /** Resolves when no write is under way. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #accept(id: Uint8Array, beside: readonly StoreOperation[]): Promise<AcceptedBlock> {
    this.#assertWorking();
    const processing = this.#processing.get(id);
    if (processing === undefined) {
      throw new AivmError('not_found', `block ${bytesToHex(id)} is not verified and undecided`);
    }
    const { block, result } = processing;
    if (!equalBytes(block.header.parentId, this.#head.id)) {
      throw new AivmError('wrong_state', `block ${bytesToHex(id)} does not extend the last accepted block`);
    }
    const { operations, head } = this.engine.createCommitBatch(this.store, this.#head, { block, result });
    this.#state.pin(result);
    this.#accepting = id;
    await this.#write(beside.length === 0 ? operations : [...operations, ...beside]);
    this.#accepting = undefined;
    this.#state.advance(result);
    this.#head = head;
    this.#header = block.header;
    this.#processing.settle(processing, this.#state);
    this.#keepPreference(id);
    return this.#publish(block, result);
  }

  async #write(operations: readonly StoreOperation[]): Promise<void> {
    this.#assertWorking();
    try {
      await this.store.batch(operations, { sync: true });
    } catch (cause) {
      // Whether it was written is unknown now; only opening the store again can tell.
      this.#failure = cause;
      throw cause;
    }
  }

  #publish(block: StatelessBlock, { outcomes, details, events }: ExecutionResult): AcceptedBlock {
    const accepted = { block, outcomes, details, events };
    this.#accepted.notify(accepted);
    return accepted;
  }

  #keepPreference(fallback: Uint8Array): void {
    if (this.parentOf(this.#preferred) === undefined) this.#preferred = fallback;
  }

  #assertWorking(): void {
    if (this.#failure === undefined) return;
    const reason = this.#failure instanceof Error ? this.#failure.message : String(this.#failure);
    throw new AivmError('internal', `the store failed: ${reason}; restart the node`, {
      cause: this.#failure,
    });
  }
}
