import type { AnchorMessage, BlockHeader, StatelessBlock, StatelessVertex } from '@aivm/core/block';
import type { AivmError } from '@aivm/core/errors';
import type { Genesis } from '@aivm/core/execute';
import type { CommittedState, Config, Params, Receipt, StateReader } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { AnchorSinkStatus } from '../anchors/anchor-delivery.ts';
import { AnchorOutbox } from '../anchors/anchor-outbox.ts';
import { type BlockSources, proposeBlock, type Work, workOn } from '../builder/propose-block.ts';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { Chain } from '../chain/chain.ts';
import { ChainReader } from '../chain/chain-reader.ts';
import { DisputeReader } from '../chain/dispute-reader.ts';
import type { DisputeRecord, Page, PlacedEvent, TransactionStatus } from '../chain/read-answers.ts';
import type { Health } from '../health.ts';
import type { BeginDryRun } from '../mempool/dry-runs.ts';
import type { MempoolLimits } from '../mempool/limits.ts';
import { Mempool } from '../mempool/mempool.ts';
import type { DisputeEntry } from '../store/records.ts';
import { proposeVertex } from '../vertices/propose-vertex.ts';
import { type VertexLimits, VertexSet } from '../vertices/vertex-set.ts';
import type { NodeApi } from './node-api.ts';
import { type AcceptedTransaction, NodeWaits } from './node-waits.ts';

/** What a node is made of. */
export interface LocalNodeOptions {
  readonly chain: Chain;
  readonly genesis: Genesis;
  readonly parseTransaction: (bytes: Uint8Array) => Transaction;
  /** The accepted vertices that the store holds. */
  readonly vertices?: readonly StatelessVertex[];
  readonly mempool?: Partial<MempoolLimits>;
  readonly vertexLimits?: Partial<VertexLimits>;
  /** Gives the same as trying transactions with core's `DryRun`. */
  readonly beginDryRun?: BeginDryRun;
  /** More facts about health, and whether they are good: of the host, of the accelerator. */
  readonly healthParts?: readonly (() => Health)[];
  /** How far the sinks of anchors are. Default: there are none. */
  readonly anchorSinkStatus?: () => readonly AnchorSinkStatus[];
}

/** What became of a block's transactions. */
export interface BlockExecution extends Pick<AcceptedBlock, 'outcomes' | 'details'> {
  readonly state: StateReader;
}

/** A chain with its pool: what HTTP asks (NodeApi) and what a host drives (`HostPort` in hosts/host.ts). */
export class LocalNode implements NodeApi {
  readonly chainId: bigint;
  readonly config: Config;
  readonly params: Params;
  readonly genesisTimestamp: number;
  /** The vertices that this node knows; hosts that order vertices decide about them here. */
  readonly vertices: VertexSet;
  readonly #chain: Chain;
  readonly #reader: ChainReader;
  readonly #pool: Mempool;
  readonly #parseTransaction: (bytes: Uint8Array) => Transaction;
  readonly #healthParts: NonNullable<LocalNodeOptions['healthParts']>;
  readonly #sources: BlockSources;
  readonly #waits: NodeWaits;
  readonly #disputes: DisputeReader;
  readonly #anchorSinks: () => readonly AnchorSinkStatus[];
  /** Every anchor that was made, for whoever hands them on. */
  readonly anchors: AnchorOutbox;

  constructor({ chain, genesis, parseTransaction, ...options }: LocalNodeOptions) {
    this.chainId = genesis.chainId;
    this.config = genesis.config;
    this.params = genesis.params;
    this.genesisTimestamp = genesis.timestamp;
    this.#chain = chain;
    this.#parseTransaction = parseTransaction;
    this.#healthParts = options.healthParts ?? [];
    this.#reader = new ChainReader(chain);
    this.anchors = new AnchorOutbox(chain);
    this.#anchorSinks = options.anchorSinkStatus ?? (() => []);
    this.#disputes = new DisputeReader({
      store: chain.store,
      count: () => chain.head.disputeCount,
      getBlock: (height) => this.#reader.getBlock(height),
    });
    this.#pool = new Mempool(options.mempool ?? {}, {
      head: () => chain.accepted(),
      params: genesis.params,
      ...(options.beginDryRun === undefined ? {} : { beginDryRun: options.beginDryRun }),
      onAdded: () => this.#waits.wake(),
      onDropped: (tx, reason) => this.#waits.dropped(tx, reason),
    });
    this.vertices = new VertexSet({
      chain,
      parseTransaction,
      stored: options.vertices ?? [],
      limits: options.vertexLimits ?? {},
      onAccepted: () => this.#waits.wake(),
    });
    this.#sources = { chain, pool: this.#pool, vertices: this.vertices };
    this.#waits = new NodeWaits(this.#sources, { reader: this.#reader });
    // The pool first: who waits for a block must not find its transactions pending.
    chain.onAccepted((accepted) => {
      this.vertices.reconcile(accepted);
      this.#pool.reconcile(accepted.block.transactions);
      this.#waits.accepted(accepted);
    });
  }

  lastAccepted(): { readonly id: Uint8Array; readonly header: BlockHeader } {
    return { id: this.#chain.head.id, header: this.#chain.header };
  }

  state(): CommittedState {
    return this.#chain.state;
  }

  getBlock(ref: number | Uint8Array): AcceptedBlock | undefined {
    return this.#reader.getBlock(ref);
  }

  getBlockId(height: number): Uint8Array | undefined {
    return this.#reader.getBlockId(height);
  }

  getTransaction(id: Uint8Array): TransactionStatus | undefined {
    const pending = this.#pool.get(id) ?? this.vertices.transaction(id);
    return this.#reader.getTransaction(id) ?? (pending && { state: 'pending' });
  }

  getTransactionBody(id: Uint8Array): Transaction | undefined {
    return this.#pool.get(id) ?? this.vertices.transaction(id) ?? this.#reader.getTransactionBody(id);
  }

  nextNonce(address: Uint8Array): bigint {
    return this.#pool.nextNonce(address);
  }

  listTasks(query: Parameters<NodeApi['listTasks']>[0]): Page<string> {
    return this.#reader.listTasks(query);
  }

  getReceipt(index: number): Receipt | undefined {
    return this.#reader.getReceipt(index);
  }

  getReceiptProof(index: number, count: number): readonly Uint8Array[] {
    return this.#reader.getReceiptProof(index, count);
  }

  readEvents(
    after: { readonly height: number; readonly index: number },
    limit: number,
  ): readonly PlacedEvent[] {
    return this.#reader.readEvents(after, limit);
  }

  anchorCount(): number {
    return this.anchors.count;
  }

  getAnchor(number: number): AnchorMessage | undefined {
    return this.anchors.get(number);
  }

  anchorSinks(): readonly AnchorSinkStatus[] {
    return this.#anchorSinks();
  }

  getDispute(ref: Parameters<NodeApi['getDispute']>[0]): DisputeRecord | undefined {
    return this.#disputes.get(ref);
  }

  listDisputes(query: Parameters<NodeApi['listDisputes']>[0]): Page<DisputeEntry> {
    return this.#disputes.list(query);
  }

  parseTransaction(bytes: Uint8Array): Transaction {
    return this.#parseTransaction(bytes);
  }

  submitTransaction(bytes: Uint8Array): Transaction {
    const tx = this.#parseTransaction(bytes);
    this.#pool.add(tx);
    return tx;
  }

  waitForTransaction(
    id: Uint8Array,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<AcceptedTransaction> {
    return this.#waits.transaction(id, options);
  }

  waitForBlock(
    height: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<number> {
    return this.#waits.block(height, options);
  }

  health(): Health {
    const parts = this.#healthParts.map((part) => part());
    const { accepted, processing, waiting } = this.vertices.counts;
    const { head, processingCount, store, failure } = this.#chain;
    return {
      healthy: failure === undefined && parts.every((part) => part.healthy),
      details: {
        height: head.height,
        blocks_processing: processingCount,
        pool_transactions: this.#pool.size,
        pool_bytes: this.#pool.bytes,
        vertices_kept: accepted,
        vertices_processing: processing,
        vertex_transactions_waiting: waiting,
        store: store.kind,
        durable: store.durable,
        ...(failure === undefined ? {} : { store_failure: String(failure) }),
        ...Object.assign({}, ...parts.map((part) => part.details)),
      },
    };
  }

  preferred(): { readonly id: Uint8Array; readonly header: BlockHeader } {
    const { id, header } = this.#chain.preferred();
    return { id, header };
  }

  setPreference(id: Uint8Array): void {
    this.#chain.setPreference(id);
    this.#waits.wake();
  }

  propose(timestamp: number): StatelessBlock {
    return proposeBlock(this.#sources, timestamp);
  }

  /** A vertex of pending transactions, not yet verified. @throws AivmError `wrong_state` when there are none for one. */
  proposeVertex(): StatelessVertex {
    return proposeVertex(this.#chain, this.#pool, this.vertices);
  }

  parseBlock(bytes: Uint8Array): StatelessBlock {
    return this.#chain.parse(bytes);
  }

  findBlock(id: Uint8Array): StatelessBlock | undefined {
    return this.#chain.find(id);
  }

  /** The header of a block that can be built on, or of an older accepted one. */
  headerOf(id: Uint8Array): BlockHeader | undefined {
    return this.#chain.parentOf(id)?.header ?? this.#reader.getBlock(id)?.block.header;
  }

  /** What executing a verified or accepted block gave, and the state to read its contents from. */
  executionOf(id: Uint8Array): BlockExecution | undefined {
    const processing = this.#chain.processing(id);
    if (processing !== undefined) return { ...processing.result, state: processing.state };
    const accepted = this.#reader.getBlock(id);
    return accepted && { outcomes: accepted.outcomes, details: accepted.details, state: this.#chain.state };
  }

  /** Where a block is, as the chain sees it. */
  blockStatus(block: Pick<StatelessBlock, 'id' | 'header'>): ReturnType<Chain['status']> {
    return this.#chain.status(block);
  }

  verify(block: StatelessBlock): void {
    this.#chain.verify(block);
  }

  accept(id: Uint8Array): Promise<AcceptedBlock> {
    return this.#chain.accept(id);
  }

  reject(id: Uint8Array): void {
    this.#chain.reject(id);
    this.#waits.wake();
  }

  work(): Work {
    return workOn(this.#sources);
  }

  waitForWork({
    kind = 'any',
    signal,
  }: {
    readonly kind?: 'any' | 'transactions';
    readonly signal?: AbortSignal;
  } = {}): Promise<Work> {
    return this.#waits.work(signal === undefined ? { kind } : { kind, signal });
  }

  get failure(): unknown {
    return this.#chain.failure;
  }

  /** Ends every wait with `reason` and lets the write in progress finish. */
  async close(reason: AivmError): Promise<void> {
    this.#waits.close(reason);
    await this.#chain.idle();
  }
}
