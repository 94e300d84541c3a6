import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { BlockParent, Genesis } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
import { createHttpApp, type LocalNode, type NodeApi, openNode, silentLog } from '@aivm/node';
import { apiOf } from './node-api.ts';
import type { SharedWork } from './shared-work.ts';
import type { SimClock } from './sim-clock.ts';
import { type CrashMoment, MachineDied, SimDisk, type SimStore } from './sim-disk.ts';
import { Violation } from './violation.ts';

/** Small enough for an actor to fill its part of a pool. */
const POOL = { perSenderMax: 12 };

/** A block that a node called accepted: it may never be without it again. */
export interface Acknowledged {
  readonly height: number;
  readonly id: Uint8Array;
}

interface Life {
  readonly node: LocalNode;
  readonly store: SimStore;
  /** Aborted when the machine dies. */
  readonly closing: AbortController;
  http: ((request: Request) => Response | Promise<Response>) | undefined;
}

/** What machines of a cluster have in common. */
export interface SimNodeDependencies {
  readonly genesis: Genesis;
  readonly shared: SharedWork;
  readonly clock: SimClock;
  /** Called with each transaction that came over HTTP and that the pool took. */
  readonly onPosted: (node: SimNode, bytes: Uint8Array) => void;
}

/**
 * A machine with a real node on a simulated disk. It can die at any batch and start again on what the disk kept; what
 * it acknowledged is remembered outside of it, so that a loss shows.
 */
export class SimNode {
  readonly name: string;
  readonly index: number;
  readonly disk = new SimDisk();
  readonly #dependencies: SimNodeDependencies;
  readonly #atEnd = new Set<() => void>();
  /** Transactions that came into the pool and were not in a block since, by arrival. */
  readonly #known = new Map<string, Transaction>();
  #life: Life | undefined;
  acknowledged: Acknowledged | undefined;
  /** What a boot found missing, in words. Later blocks hide it, so it is noted then. */
  lost: string | undefined;
  lives = 0;

  constructor(index: number, dependencies: SimNodeDependencies) {
    this.index = index;
    this.name = `node-${index}`;
    this.#dependencies = dependencies;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** The running node. @throws Error while the machine is down. */
  get node(): LocalNode {
    if (this.#life === undefined) throw new Error(`${this.name} is down`);
    return this.#life.node;
  }

  get height(): number {
    return this.node.lastAccepted().header.height;
  }

  /** Boots on what the disk holds. */
  async start(): Promise<void> {
    const store = this.disk.mount();
    const { node } = await this.#open(store);
    this.#life = { node, store, closing: new AbortController(), http: undefined };
    this.lives += 1;
    if (this.acknowledged === undefined || this.height >= this.acknowledged.height) return;
    this.lost = `booted at ${this.height} after it had acknowledged ${this.acknowledged.height}`;
  }

  async #open(store: SimStore): ReturnType<typeof openNode> {
    const { genesis, shared, clock } = this.#dependencies;
    try {
      return await openNode({
        store,
        genesis,
        engine: shared.engineOf(this.name),
        mempool: POOL,
        verifyOwnBlocks: shared.reexecutesEverywhere,
        clock,
      });
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
      // Half a batch: a node that does not even start on its own disk.
      throw new Violation('durability', `${this.name} does not start again: ${error.message}`);
    }
  }

  /** Cuts the power now. */
  die(): void {
    this.disk.powerOff();
    this.#life?.closing.abort();
    this.#life = undefined;
    this.#known.clear();
    for (const run of [...this.#atEnd]) run();
    this.#atEnd.clear();
  }

  /** Cuts the power at the next batch. */
  dieAtNextWrite(moment: CrashMoment): void {
    this.#life?.store.crashNext(moment);
  }

  /** Called when the machine dies. @returns what takes that back */
  onEnd(run: () => void): () => void {
    this.#atEnd.add(run);
    return () => void this.#atEnd.delete(run);
  }

  /** Answers a request as a node does. @throws Error while the machine is down. */
  async handle(request: Request): Promise<Response> {
    const life = this.#life;
    if (life === undefined) throw new Error(`${this.name} is down`);
    life.http ??= createHttpApp({
      node: this.#api(life.node),
      log: silentLog,
      limits: { requestsPerSecond: 0 },
      closing: life.closing.signal,
    }).fetch;
    return life.http(request);
  }

  #api(node: LocalNode): NodeApi {
    return apiOf(node, (tx) => {
      this.#known.set(bytesToHex(tx.id), tx);
      this.#dependencies.onPosted(this, tx.bytes);
    });
  }

  /** Offers a transaction to the pool. @returns '' or the code of the refusal. */
  offer(bytes: Uint8Array): string {
    try {
      const tx = this.node.submitTransaction(bytes);
      this.#known.set(bytesToHex(tx.id), tx);
      return '';
    } catch (error) {
      if (error instanceof AivmError) return error.code;
      throw error;
    }
  }

  /** Pending transactions by arrival: what a proposer may choose from. */
  pending(): readonly Transaction[] {
    for (const [hex, tx] of this.#known) {
      if (this.node.getTransaction(tx.id)?.state !== 'pending') this.#known.delete(hex);
    }
    return [...this.#known.values()];
  }

  /** What an honest proposer makes; undefined where there is nothing to make a block for. */
  propose(timestamp: number): StatelessBlock | undefined {
    try {
      return this.node.port.propose(timestamp);
    } catch (error) {
      if (error instanceof AivmError && error.code === 'wrong_state') return undefined;
      throw error;
    }
  }

  /** A block of the proposer's own choice on the last accepted one, made by the real builder. */
  build(timestamp: number, candidates: readonly Transaction[]): StatelessBlock {
    const { id, header } = this.node.lastAccepted();
    const parent: BlockParent = { id, header, state: this.node.state() };
    const { block } = this.#dependencies.shared.engineOf(this.name).buildBlock({
      parent,
      timestamp: Math.max(timestamp, header.timestamp),
      candidates,
    });
    return this.node.port.parseBlock(block.bytes);
  }

  /** Parses, executes and keeps a block that is not decided. @throws AivmError why it is no block of this chain. */
  verify(bytes: Uint8Array): StatelessBlock {
    const block = this.node.port.parseBlock(bytes);
    this.node.port.verify(block);
    return block;
  }

  /** Accepts a verified block. @returns false when the machine died over it. */
  async accept(block: StatelessBlock): Promise<boolean> {
    try {
      await this.node.port.accept(block.id);
    } catch (error) {
      if (!(error instanceof MachineDied)) throw error;
      this.die();
      return false;
    }
    this.acknowledged = { height: block.header.height, id: block.id };
    for (const tx of block.transactions) this.#known.delete(bytesToHex(tx.id));
    return true;
  }
}
