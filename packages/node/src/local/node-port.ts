import type { BlockHeader, StatelessBlock, StatelessVertex } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import type { CommittedState, Params, StateReader } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { AnchorOutbox } from '../anchors/anchor-outbox.ts';
import type { SigningUpdate } from '../anchors/validators/anchor-signatures.ts';
import {
  type BlockSources,
  candidatesOn,
  proposeBlock,
  type Work,
  workOn,
} from '../builder/propose-block.ts';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { BlockStatus, Chain } from '../chain/chain.ts';
import type { ChainReader } from '../chain/chain-reader.ts';
import type { ExecutionEngine } from '../chain/engine.ts';
import type { Health } from '../health.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';
import { proposeVertex } from '../vertices/propose-vertex.ts';
import type { VertexSet } from '../vertices/vertex-set.ts';
import type { NodeWaits } from './node-waits.ts';
import type { DevelopmentPort } from './rewinding.ts';

/** What executing a block gave, and the state to read its contents from. */
export interface BlockExecution extends Pick<AcceptedBlock, 'outcomes' | 'details' | 'events'> {
  readonly state: StateReader;
}

/** A block of transactions that an outside engine ordered. */
export type AssembledBlock = Pick<
  ReturnType<ExecutionEngine['buildBlock']>,
  'block' | 'dropped' | 'postponed'
>;

interface NodePortDependencies {
  readonly params: Params;
  readonly sources: BlockSources;
  readonly blocks: ChainReader;
  readonly waits: NodeWaits;
  readonly anchors: AnchorOutbox;
  readonly snapshots?: Snapshots | undefined;
  readonly development?: DevelopmentPort | undefined;
  readonly health: () => Health;
}

/** The port of a node: what `HostPort` in hosts/host.ts documents. */
export class NodePort {
  readonly params: Params;
  readonly blocks: ChainReader;
  readonly vertices: VertexSet;
  readonly snapshots: Snapshots | undefined;
  readonly anchors: AnchorOutbox;
  readonly development: DevelopmentPort | undefined;
  readonly health: () => Health;
  readonly #sources: BlockSources;
  readonly #chain: Chain;
  readonly #pool: Mempool;
  readonly #waits: NodeWaits;

  constructor(dependencies: NodePortDependencies) {
    const { params, sources, blocks, waits, anchors, snapshots, development, health } = dependencies;
    this.development = development;
    this.params = params;
    this.blocks = blocks;
    this.vertices = sources.vertices;
    this.health = health;
    this.anchors = anchors;
    this.snapshots = snapshots;
    this.#sources = sources;
    this.#chain = sources.chain;
    this.#pool = sources.pool;
    this.#waits = waits;
  }

  parseTransaction(bytes: Uint8Array): Transaction {
    return this.#chain.engine.parseTransaction(bytes);
  }

  submitTransaction(bytes: Uint8Array): Transaction {
    const tx = this.#chain.engine.parseTransaction(bytes);
    this.#pool.add(tx);
    return tx;
  }

  onTransaction(listener: (tx: Transaction) => void): () => void {
    return this.#pool.onAdded(listener);
  }

  candidates(): readonly Transaction[] {
    return candidatesOn(this.#chain.preferred(), this.#sources, []);
  }

  isPending(id: Uint8Array): boolean {
    return this.#pool.get(id) !== undefined;
  }

  lastAccepted(): { readonly id: Uint8Array; readonly header: BlockHeader } {
    return { id: this.#chain.head.id, header: this.#chain.header };
  }

  state(): CommittedState {
    return this.#chain.state;
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

  proposeVertex(): StatelessVertex {
    return proposeVertex(this.#chain, this.#pool, this.vertices);
  }

  assemble({
    transactions,
    timestamp,
    beacon,
  }: {
    readonly transactions: readonly Transaction[];
    readonly timestamp: number;
    readonly beacon?: Uint8Array | undefined;
  }): AssembledBlock {
    const parent = this.#chain.preferred();
    if (timestamp < parent.header.timestamp) {
      throw new AivmError(
        'block_invalid',
        `timestamp: ${timestamp} is before the parent's ${parent.header.timestamp}`,
      );
    }
    const { buildBlock, kernels } = this.#chain.engine;
    const { block, result, dropped, postponed } = buildBlock({
      parent,
      timestamp,
      beacon,
      candidates: transactions,
      kernels: kernels(),
    });
    return { block: this.#chain.remember(block, result), dropped, postponed };
  }

  parseBlock(bytes: Uint8Array): StatelessBlock {
    return this.#chain.parse(bytes);
  }

  findBlock(id: Uint8Array): StatelessBlock | undefined {
    return this.#chain.find(id) ?? this.blocks.getBlock(id)?.block;
  }

  headerOf(id: Uint8Array): BlockHeader | undefined {
    return this.#chain.parentOf(id)?.header ?? this.blocks.getBlock(id)?.block.header;
  }

  executionOf(id: Uint8Array): BlockExecution | undefined {
    const processing = this.#chain.processing(id);
    if (processing !== undefined) return { ...processing.result, state: processing.state };
    const accepted = this.blocks.getBlock(id);
    return accepted && { ...accepted, state: this.#chain.state };
  }

  blockStatus(block: Pick<StatelessBlock, 'id' | 'header'>): BlockStatus {
    return this.#chain.status(block);
  }

  verify(block: StatelessBlock): void {
    this.#chain.verify(block);
  }

  async accept(id: Uint8Array, signing?: SigningUpdate): Promise<AcceptedBlock> {
    if (signing === undefined) return this.#chain.accept(id);
    const { signatures } = this.anchors;
    const accepted = await this.#chain.accept(id, signatures.operationsOf(signing));
    signatures.written(signing);
    return accepted;
  }

  reject(id: Uint8Array): void {
    this.#chain.reject(id);
    this.#waits.wake();
  }

  work(): Work {
    return workOn(this.#sources);
  }

  waitForWork(
    options: {
      readonly kind?: 'any' | 'transactions' | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<Work> {
    return this.#waits.work(options);
  }

  get failure(): unknown {
    return this.#chain.failure;
  }
}
