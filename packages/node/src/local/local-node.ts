import type { BlockHeader, StatelessVertex } from '@aivm/core/block';
import type { AivmError } from '@aivm/core/errors';
import type { Genesis } from '@aivm/core/execute';
import { type CommittedState, type Config, type Params, readChain } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { type Clock, platformClock } from '@aivm/sdk';
import { AnchorOutbox } from '../anchors/anchor-outbox.ts';
import type { BlockSources } from '../builder/propose-block.ts';
import type { Chain } from '../chain/chain.ts';
import { ChainReader } from '../chain/chain-reader.ts';
import { DisputeReader } from '../chain/dispute-reader.ts';
import type { TransactionStatus } from '../chain/read-answers.ts';
import type { Health } from '../health.ts';
import type { MempoolLimits } from '../mempool/limits.ts';
import { Mempool } from '../mempool/mempool.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';
import type { RewindableStore } from '../store/rewindable-store.ts';
import { type VertexLimits, VertexSet } from '../vertices/vertex-set.ts';
import type { NodeApi } from './node-api.ts';
import { NodePort } from './node-port.ts';
import { type AcceptedTransaction, NodeWaits } from './node-waits.ts';
import { type Impersonations, Rewinding } from './rewinding.ts';

/** What a node is made of. */
export interface LocalNodeOptions {
  readonly chain: Chain;
  readonly genesis: Genesis;
  /** The accepted vertices that the store holds. */
  readonly vertices?: readonly StatelessVertex[] | undefined;
  readonly mempool?: Partial<MempoolLimits> | undefined;
  readonly vertexLimits?: Partial<VertexLimits> | undefined;
  /** Left out: it takes and gives none. */
  readonly snapshots?: Snapshots | undefined;
  /** Of a development chain: the store that goes back, and what may pass unsigned. */
  readonly development?:
    | {
        readonly store: RewindableStore;
        readonly location: string;
        readonly impersonations: Impersonations;
      }
    | undefined;
  /** Default: the platform's, steps of the wall clock left out. */
  readonly clock?: Clock | undefined;
}

/** Waits of a node last as long as they say, whatever happens to the wall clock. */
const steadyClock: Clock = { ...platformClock, now: () => performance.now() };

/** A chain with its pool: its readers, what HTTP asks (`NodeApi`), and the port of its host. */
export class LocalNode implements NodeApi {
  readonly chainId: bigint;
  readonly genesisHash: Uint8Array;
  readonly config: Config;
  readonly params: Params;
  readonly genesisTimestamp: number;
  readonly clock: Clock;
  readonly blocks: ChainReader;
  readonly disputes: DisputeReader;
  readonly anchors: AnchorOutbox;
  readonly vertices: VertexSet;
  readonly snapshots: Snapshots | undefined;
  /** What the host drives: `HostPort` in hosts/host.ts. */
  readonly port: NodePort;
  readonly #chain: Chain;
  readonly #pool: Mempool;
  readonly #waits: NodeWaits;
  readonly #rewinding: Rewinding | undefined;
  readonly #healthParts: (() => Health)[] = [];

  constructor({ chain, genesis, clock = steadyClock, ...options }: LocalNodeOptions) {
    this.clock = clock;
    this.chainId = genesis.chainId;
    this.genesisHash = readChain(chain.state).genesisHash;
    this.config = genesis.config;
    this.params = genesis.params;
    this.genesisTimestamp = genesis.timestamp;
    this.#chain = chain;
    const blocks = new ChainReader(chain);
    this.blocks = blocks;
    this.disputes = new DisputeReader({
      store: chain.store,
      count: () => chain.head.disputeCount,
      getBlock: (height) => blocks.getBlock(height),
    });
    this.anchors = new AnchorOutbox(chain);
    const { engine } = chain;
    const pool = new Mempool(options.mempool ?? {}, {
      head: () => chain.accepted(),
      params: genesis.params,
      engine,
    });
    const vertices = new VertexSet({ chain, stored: options.vertices ?? [], limits: options.vertexLimits });
    const sources: BlockSources = { chain, pool, vertices };
    const waits = new NodeWaits(sources, { reader: blocks, clock });
    pool.onAdded(() => waits.wake());
    pool.onDropped((tx, reason) => waits.dropped(tx, reason));
    vertices.onAccepted(() => waits.wake());
    // The pool first: who waits for a block must not find its transactions pending.
    chain.onAccepted((accepted) => {
      vertices.reconcile(accepted);
      pool.reconcile(accepted.block.transactions);
      waits.accepted(accepted);
    });
    this.#pool = pool;
    this.vertices = vertices;
    this.snapshots = options.snapshots;
    this.#waits = waits;
    this.#rewinding =
      options.development && new Rewinding({ ...options.development, chain, pool, blocks, waits });
    this.port = new NodePort({
      development: this.#rewinding,
      params: genesis.params,
      sources,
      blocks,
      waits,
      anchors: this.anchors,
      snapshots: options.snapshots,
      health: () => this.health(),
    });
  }

  get rewindCount(): number {
    return this.#rewinding?.count ?? 0;
  }

  lastAccepted(): { readonly id: Uint8Array; readonly header: BlockHeader } {
    return this.port.lastAccepted();
  }

  state(): CommittedState {
    return this.#chain.state;
  }

  getTransaction(id: Uint8Array): TransactionStatus | undefined {
    const pending = this.#pool.get(id) ?? this.vertices.transaction(id);
    return this.blocks.getTransaction(id) ?? (pending && { state: 'pending' });
  }

  getTransactionBody(id: Uint8Array): Transaction | undefined {
    return this.#pool.get(id) ?? this.vertices.transaction(id) ?? this.blocks.getTransactionBody(id);
  }

  nextNonce(address: Uint8Array): bigint {
    return this.#pool.nextNonce(address);
  }

  parseTransaction(bytes: Uint8Array): Transaction {
    return this.port.parseTransaction(bytes);
  }

  submitTransaction(bytes: Uint8Array): Transaction {
    return this.port.submitTransaction(bytes);
  }

  waitForTransaction(
    id: Uint8Array,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<AcceptedTransaction> {
    return this.#waits.transaction(id, options);
  }

  waitForBlock(
    height: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<number> {
    return this.#waits.block(height, options);
  }

  /** Adds facts about health, and whether they are good: of the host, of the accelerator. */
  addHealthPart(part: () => Health): void {
    this.#healthParts.push(part);
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

  /** Ends every wait with `reason` and lets the write in progress finish. */
  async close(reason: AivmError): Promise<void> {
    this.#waits.close(reason);
    await this.snapshots?.close();
    await this.#chain.idle();
  }
}
