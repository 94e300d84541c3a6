import {
  checkVertexPlace,
  compareVertices,
  isEpochOpen,
  parseVertex,
  type StatelessVertex,
  type VertexPlace,
  verticesConflict,
} from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { fitsBlock } from '@aivm/core/execute';
import { readChain, readParams, type StateReader } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { AcceptedBlock } from '../chain/accepted-block.ts';
import type { Chain } from '../chain/chain.ts';
import { Listeners } from '../listeners.ts';
import { storeKeys } from '../store/columns.ts';
import { LruCache } from '../store/lru-cache.ts';
import { VertexGraph } from './vertex-graph.ts';

/** Where a vertex is. */
export type VertexStatus = 'accepted' | 'processing' | 'rejected' | 'unknown';

/** How many vertices a node holds that are accepted or undecided. */
export interface VertexLimits {
  readonly vertices: number;
  readonly bytes: number;
}

const DEFAULT_VERTEX_LIMITS: VertexLimits = { vertices: 4_096, bytes: 64 * 1024 * 1024 };

const PARSED_BYTES_MAX = 16 * 1024 * 1024;
const REJECTED_MAX = 4_096;

export interface VertexSetDependencies {
  readonly chain: Chain;
  /** The accepted vertices that the store holds. */
  readonly stored: readonly StatelessVertex[];
  readonly limits?: Partial<VertexLimits> | undefined;
}

/**
 * The vertices of this node. Verified ones wait in memory for the host's decision; accepted ones are durable until
 * their epochs are over. Accepting changes no state: it adds transactions to a set that blocks execute from.
 */
export class VertexSet {
  readonly #chain: Chain;
  readonly #limits: VertexLimits;
  readonly #onAccepted = new Listeners<[StatelessVertex]>();
  readonly #accepted = new VertexGraph();
  readonly #processing = new VertexGraph();
  readonly #parsed = new LruCache<StatelessVertex>(PARSED_BYTES_MAX, ({ bytes }) => bytes.length);
  readonly #rejected = new LruCache<true>(REJECTED_MAX);
  /** Transactions of accepted vertices that no accepted block executed, by hex id. */
  readonly #waiting = new Map<string, Transaction>();
  /** Accepted vertices that executed too little when a block would have carried them, by hex id; offered no more. */
  readonly #idle = new Set<string>();
  /** The epoch in which the last sweep over accepted vertices was. */
  #forgottenEpoch = -1n;
  #deciding: Promise<unknown> = Promise.resolve();

  constructor({ chain, stored, limits }: VertexSetDependencies) {
    this.#chain = chain;
    this.#limits = { ...DEFAULT_VERTEX_LIMITS, ...limits };
    for (const vertex of stored) this.#keep(vertex);
    this.#forget();
  }

  /** Calls `listener` after a vertex was accepted. Returns how to stop. */
  onAccepted(listener: (vertex: StatelessVertex) => void): () => void {
    return this.#onAccepted.add(listener);
  }

  /** Vertices that are accepted and remembered, and undecided ones. */
  get counts(): { readonly accepted: number; readonly processing: number; readonly waiting: number } {
    return {
      accepted: this.#accepted.size,
      processing: this.#processing.size,
      waiting: this.#waiting.size,
    };
  }

  /** @throws AivmError `malformed`, `too_large`, `bad_signature`, `wrong_chain`. */
  parse(bytes: Uint8Array): StatelessVertex {
    return this.remember(parseVertex(bytes, this.#chain.engine.parseTransaction));
  }

  /** Keeps a vertex so that it can be decided by id. */
  remember(vertex: StatelessVertex): StatelessVertex {
    const known = this.find(vertex.id);
    if (known === undefined) this.#parsed.set(bytesToHex(vertex.id), vertex);
    return known ?? vertex;
  }

  readonly find = (id: Uint8Array): StatelessVertex | undefined =>
    this.#accepted.get(id) ?? this.#processing.get(id) ?? this.#parsed.get(bytesToHex(id));

  status(id: Uint8Array): VertexStatus {
    if (this.#accepted.get(id) !== undefined) return 'accepted';
    if (this.#processing.get(id) !== undefined) return 'processing';
    if (this.#chain.executedVertex(id, this.#chain.head.id) !== undefined) return 'accepted';
    return this.#rejected.get(bytesToHex(id)) === true ? 'rejected' : 'unknown';
  }

  /** A transaction of an accepted vertex that waits for its block. */
  transaction(id: Uint8Array): Transaction | undefined {
    return this.#waiting.get(bytesToHex(id));
  }

  /**
   * Checks that a vertex can be accepted: it fits a block, its epoch is open, it stands over parents that are known,
   * and it conflicts with no accepted vertex. Whether its transactions are valid is decided by blocks.
   * @throws AivmError `vertex_invalid`, `too_large`, `wrong_chain`, or `pool_full` when the node holds as many as it may.
   */
  verify(vertex: StatelessVertex): void {
    const status = this.status(vertex.id);
    if (status === 'accepted' || status === 'processing') return;
    const { genesisHash, epoch } = readChain(this.#chain.state);
    if (!equalBytes(vertex.genesisHash, genesisHash))
      throw new AivmError('wrong_chain', `made for another chain (${vertex.chainId})`);
    const nextHeight = this.#chain.header.height + 1;
    if (!fitsBlock(readParams(this.#chain.state).params, vertex, nextHeight)) {
      throw new AivmError('too_large', 'the vertex does not fit a block');
    }
    if (!isEpochOpen(vertex.epoch, epoch)) {
      throw new AivmError('vertex_invalid', `of epoch ${vertex.epoch}, the chain is in ${epoch}`);
    }
    checkVertexPlace(
      vertex,
      vertex.parents.map((id) => this.#parent(id)),
    );
    this.#assertNoConflict(vertex);
    this.#assertRoom(vertex);
    this.#processing.add(vertex);
    this.#parsed.delete(bytesToHex(vertex.id));
    this.#rejected.delete(bytesToHex(vertex.id));
  }

  /**
   * Adds a verified vertex to the accepted ones, durably once it resolves. Accepting again is fine.
   * @throws AivmError `not_found` when it is not verified, `wrong_state` when a parent is not accepted, `vertex_invalid`
   * when a vertex that it conflicts with was accepted meanwhile.
   */
  accept(id: Uint8Array): Promise<void> {
    const accepted = this.#deciding.then(() => this.#accept(id));
    this.#deciding = accepted.catch(() => undefined);
    return accepted;
  }

  /**
   * Forgets an undecided vertex and everything over it; their transactions are not lost to their senders' pools.
   * @throws AivmError `wrong_state` when it is accepted.
   */
  reject(id: Uint8Array): void {
    if (this.status(id) === 'accepted') {
      throw new AivmError('wrong_state', `vertex ${bytesToHex(id)} is accepted`);
    }
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const rejected = next;
      this.#processing.delete(rejected);
      this.#rejected.set(bytesToHex(rejected), true);
      for (const { id: child, parents } of this.#processing.values()) {
        if (parents.some((parent) => equalBytes(parent, rejected))) open.push(child);
      }
    }
  }

  /** Whether at most one of the two can be accepted. */
  conflicts(left: StatelessVertex, right: StatelessVertex): boolean {
    return verticesConflict(left, right, this.find);
  }

  /** Accepted vertices that a block on `tip` could execute, ancestors first; those that were set aside only if asked for. */
  pending(
    tip: { readonly id: Uint8Array; readonly state: StateReader },
    { withIdle = false }: { readonly withIdle?: boolean } = {},
  ): readonly StatelessVertex[] {
    const { epoch } = readChain(tip.state);
    const executed = (id: Uint8Array): boolean => this.#chain.executedVertex(id, tip.id) !== undefined;
    const ready = new Set<string>();
    const inOrder = [...this.#accepted.values()].sort(compareVertices);
    return inOrder.filter((vertex) => {
      const isReady =
        isEpochOpen(vertex.epoch, epoch) &&
        (withIdle || !this.#idle.has(bytesToHex(vertex.id))) &&
        !executed(vertex.id) &&
        vertex.parents.every((id) => ready.has(bytesToHex(id)) || executed(id));
      if (isReady) ready.add(bytesToHex(vertex.id));
      return isReady;
    });
  }

  /**
   * Offers a vertex to no further block: too little of it was executed at its turn. It stays accepted until its epochs are
   * over, as does what stands over it; their transactions wait as those of the pool do.
   */
  setAside(id: Uint8Array): void {
    if (this.#accepted.get(id) !== undefined) this.#idle.add(bytesToHex(id));
  }

  /** Accepted vertices for a new one to stand over, highest first: none that waits for one that was set aside. */
  tips(): readonly StatelessVertex[] {
    const stranded = new Set(this.#idle);
    const standing = new VertexGraph();
    for (const vertex of [...this.#accepted.values()].sort(compareVertices)) {
      const key = bytesToHex(vertex.id);
      if (vertex.parents.some((parent) => stranded.has(bytesToHex(parent)))) stranded.add(key);
      if (!stranded.has(key)) standing.add(vertex);
    }
    return standing.tips();
  }

  /** Transactions of accepted vertices that no accepted block executed, whether or not a block named the vertex. */
  waiting(): Iterable<Transaction> {
    return this.#waiting.values();
  }

  /** The accepted vertices, and those undecided; for building on them. */
  graphs(): { readonly accepted: VertexGraph; readonly processing: VertexGraph } {
    return { accepted: this.#accepted, processing: this.#processing };
  }

  /** After a block was accepted: what it executed waits no longer, and vertices whose time is over go. */
  reconcile({ block }: Pick<AcceptedBlock, 'block'>): void {
    for (const vertex of block.vertices) {
      this.#processing.delete(vertex.id);
      this.#keep(vertex);
      this.#idle.delete(bytesToHex(vertex.id));
    }
    for (const { id } of block.transactions) this.#waiting.delete(bytesToHex(id));
    this.#forget();
  }

  #parent(id: Uint8Array): VertexPlace {
    const { head } = this.#chain;
    const parent =
      this.#accepted.get(id) ?? this.#processing.get(id) ?? this.#chain.executedVertex(id, head.id);
    if (parent === undefined) throw new AivmError('vertex_invalid', `parent ${bytesToHex(id)} is not known`);
    return parent;
  }

  #assertNoConflict(vertex: StatelessVertex): void {
    const other = this.#accepted.conflictOf(vertex, this.find);
    if (other === undefined) return;
    throw new AivmError('vertex_invalid', `conflicts with accepted vertex ${bytesToHex(other.id)}`);
  }

  #assertRoom({ bytes }: StatelessVertex): void {
    const count = this.#accepted.size + this.#processing.size;
    const size = this.#accepted.bytes + this.#processing.bytes + bytes.length;
    if (count >= this.#limits.vertices || size > this.#limits.bytes) {
      throw new AivmError('pool_full', `${count} vertices are kept, the maximum`);
    }
  }

  async #accept(id: Uint8Array): Promise<void> {
    if (this.status(id) === 'accepted') return;
    const vertex = this.#processing.get(id);
    if (vertex === undefined) throw new AivmError('not_found', `vertex ${bytesToHex(id)} is not verified`);
    for (const parent of vertex.parents) {
      if (this.status(parent) === 'accepted') continue;
      throw new AivmError('wrong_state', `parent ${bytesToHex(parent)} is not accepted`);
    }
    this.#assertNoConflict(vertex);
    await this.#chain.write([{ type: 'put', key: storeKeys.vertex(id), value: vertex.bytes }]);
    this.#processing.delete(id);
    this.#keep(vertex);
    this.#onAccepted.notify(vertex);
  }

  #keep(vertex: StatelessVertex): void {
    if (this.#accepted.get(vertex.id) !== undefined) return;
    this.#accepted.add(vertex);
    this.#parsed.delete(bytesToHex(vertex.id));
    for (const tx of vertex.transactions) {
      if (this.#chain.store.get(storeKeys.transaction(tx.id)) === undefined) {
        this.#waiting.set(bytesToHex(tx.id), tx);
      }
    }
  }

  /** Drops vertices whose epochs are over, and beyond the limits the oldest executed ones. */
  #forget(): void {
    const { epoch } = readChain(this.#chain.state);
    const { head } = this.#chain;
    const { vertices, bytes } = this.#limits;
    const isOver = this.#accepted.size > vertices || this.#accepted.bytes > bytes;
    if (epoch === this.#forgottenEpoch && !isOver) return;
    this.#forgottenEpoch = epoch;
    const kept = [...this.#accepted.values()].sort(compareVertices);
    const isOld = (vertex: StatelessVertex): boolean => BigInt(vertex.epoch) + 1n < epoch;
    const isSurplus = ({ id }: StatelessVertex): boolean =>
      (this.#accepted.size > vertices || this.#accepted.bytes > bytes) &&
      this.#chain.executedVertex(id, head.id) !== undefined;
    const gone = kept.filter((vertex) => {
      const isGone = isOld(vertex) || isSurplus(vertex);
      if (isGone) this.#accepted.delete(vertex.id);
      return isGone;
    });
    for (const vertex of [...this.#processing.values()].filter(isOld)) this.#processing.delete(vertex.id);
    if (gone.length === 0) return;
    for (const { id } of gone) this.#idle.delete(bytesToHex(id));
    const stillCarried = new Set(
      [...this.#accepted.values()].flatMap(({ transactions }) =>
        transactions.map(({ id }) => bytesToHex(id)),
      ),
    );
    for (const key of this.#waiting.keys()) if (!stillCarried.has(key)) this.#waiting.delete(key);
    const operations = gone.map(({ id }) => ({ type: 'del', key: storeKeys.vertex(id) }) as const);
    // A write that fails stops the chain; what it left behind is dropped again after the next start.
    this.#chain.write(operations).catch(() => undefined);
  }
}
