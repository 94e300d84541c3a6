import type { StatelessBlock } from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Genesis } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
import { Network, type NetworkConditions } from './network.ts';
import type { Random } from './random.ts';
import type { Proposer, RoundInfo } from './round.ts';
import type { SharedWork } from './shared-work.ts';
import type { SimClock } from './sim-clock.ts';
import { SimNode } from './sim-node.ts';
import { Violation } from './violation.ts';

/** A fork that a round makes: blocks verified on one another and then given up for another block. */
export interface PlannedFork {
  /** Blocks on the branch that loses or wins, 1…4. */
  readonly depth: number;
  readonly branchWins: boolean;
}

export interface ClusterOptions {
  readonly genesis: Genesis;
  readonly nodeCount: number;
  readonly conditions: NetworkConditions;
  readonly random: Random;
  readonly shared: SharedWork;
  readonly clock: SimClock;
}

/** Less than half may be cut off or down: the rest decides. */
const minorityOf = (count: number): number => Math.floor((count - 1) / 2);

/**
 * Nodes and what orders their blocks. The order is decided by the simulation, as a host would: one proposer a round
 * among the nodes of the majority, everybody verifies, then everybody who can be reached accepts. Who cannot be
 * reached fetches the blocks later. Sometimes a branch of undecided blocks is built and given up.
 */
export class Cluster {
  readonly nodes: readonly SimNode[];
  readonly network: Network;
  readonly #random: Random;
  /** Decided blocks by height; the genesis block is known to everybody. */
  readonly decided: StatelessBlock[] = [];
  /** Who makes the blocks while a censor or another dishonest proposer has the power to. */
  proposer: Partial<Proposer> | undefined;
  fork: PlannedFork | undefined;
  /** Transactions that no pool takes, for proposers that include anything. */
  readonly sneaked: Transaction[] = [];
  #turn = 0;

  constructor({ genesis, nodeCount, conditions, random, shared, clock }: ClusterOptions) {
    const onPosted = (node: SimNode, bytes: Uint8Array): void => this.#passOn(node, bytes, clock.now());
    const dependencies = { genesis, shared, clock, onPosted };
    this.nodes = Array.from({ length: nodeCount }, (_, index) => new SimNode(index, dependencies));
    this.network = new Network(conditions, random.fork('network'));
    this.#random = random.fork('cluster');
  }

  get height(): number {
    return this.decided.length;
  }

  async start(): Promise<void> {
    for (const node of this.nodes) await node.start();
  }

  /** Nodes that are up and on the side of the majority. */
  reachable(): readonly SimNode[] {
    return this.nodes.filter((node) => node.isUp && !this.network.isolated.has(node.index));
  }

  /** Whether one more node may fail: a majority keeps deciding. */
  canLoseOne(): boolean {
    return this.nodes.length - this.reachable().length < minorityOf(this.nodes.length);
  }

  /** The node that an actor talks to: its own, or while that is down or behind, another. */
  nodeFor(home: number): SimNode | undefined {
    for (let step = 0; step < this.nodes.length; step++) {
      const node = this.nodes[(home + step) % this.nodes.length];
      if (node?.isUp === true && !this.network.isolated.has(node.index)) return node;
    }
    return undefined;
  }

  /** Hands a transaction to a node, which passes it on to the others. @returns '' or the code of the refusal. */
  submit(node: SimNode, bytes: Uint8Array, nowMs: number): string {
    const code = node.offer(bytes);
    if (code === '') this.#passOn(node, bytes, nowMs);
    return code;
  }

  #passOn(node: SimNode, bytes: Uint8Array, nowMs: number): void {
    for (const { index } of this.nodes) {
      if (index !== node.index) this.network.send({ from: node.index, to: index, bytes }, nowMs);
    }
  }

  deliver(nowMs: number): void {
    for (const { to, bytes } of this.network.receive(nowMs)) {
      const node = this.nodes[to];
      if (node?.isUp === true) node.offer(bytes);
    }
  }

  /** Nodes that missed blocks fetch them, in order. */
  async catchUp(): Promise<void> {
    for (const node of this.reachable()) {
      while (node.isUp && node.height < this.height) {
        const block = this.decided[node.height];
        if (block === undefined || !(await this.#take(node, block))) break;
      }
    }
  }

  /** One block is made and decided. @returns the decided blocks, none where there was nothing to make one for. */
  async decide(info: RoundInfo): Promise<readonly StatelessBlock[]> {
    const live = this.reachable().filter((node) => node.height === this.height);
    const node = live[this.#turn++ % Math.max(1, live.length)];
    if (node === undefined) return [];
    const { fork } = this;
    this.fork = undefined;
    if (fork !== undefined && live.length > 1) return this.#decideFork(live, node, info, fork);
    const block = this.#propose(node, info);
    if (block === undefined) return [];
    await this.#decide(live, block);
    return [block];
  }

  #propose(node: SimNode, round: RoundInfo): StatelessBlock | undefined {
    const timestamp = Math.floor(round.nowMs / 1_000);
    const made = this.proposer?.propose?.({
      round,
      timestamp,
      pending: node.pending(),
      sneaked: this.sneaked,
      state: node.node.state(),
      build: (candidates, at = timestamp) => node.build(at, candidates),
    });
    return made ?? node.propose(timestamp);
  }

  async #decide(live: readonly SimNode[], block: StatelessBlock): Promise<void> {
    const [first] = live;
    if (first === undefined) throw new Error('nobody decides');
    const { height } = block.header;
    if (height !== this.height + 1) throw new Error(`block ${height} decided after block ${this.height}`);
    this.decided.push(block);
    for (const node of live) {
      if (node !== first && this.network.isLate()) continue;
      await this.#take(node, block);
    }
  }

  /** A branch of undecided blocks by one proposer and a block beside its first by another; one of both is decided. */
  async #decideFork(
    live: readonly SimNode[],
    node: SimNode,
    info: RoundInfo,
    { depth, branchWins }: PlannedFork,
  ): Promise<readonly StatelessBlock[]> {
    const rival = live.find((other) => other !== node) ?? node;
    const branch: StatelessBlock[] = [];
    for (let step = 0; step < depth; step++) {
      const block = node.propose(Math.floor(info.nowMs / 1_000) + step);
      if (block === undefined) break;
      for (const each of live) this.#verify(each, block);
      node.node.port.setPreference(block.id);
      branch.push(block);
    }
    // A second later, so that the two differ even where both carry the same.
    const other = rival.propose(Math.floor(info.nowMs / 1_000) + 1);
    if (other !== undefined) for (const each of live) this.#verify(each, other);
    const winners = branchWins || other === undefined ? branch : [other];
    const [first] = branch;
    if (first !== undefined && winners[0] !== first && this.#random.chance(500)) {
      for (const each of live) each.node.port.reject(first.id);
    }
    for (const block of winners)
      await this.#decide(
        live.filter(({ isUp }) => isUp),
        block,
      );
    // The other can be the branch's own first block, where a branch that won before took block time ahead of the clock.
    // Then nothing contradicts the rest of the branch, so the host has to say that it is not what to build on.
    for (const { node: each } of live.filter(({ isUp }) => isUp))
      each.port.setPreference(each.lastAccepted().id);
    return winners;
  }

  /** What one node built by the rules no other may refuse: that they differ shows here, before anything is decided. */
  #verify(node: SimNode, block: StatelessBlock): StatelessBlock {
    try {
      return node.verify(block.bytes);
    } catch (error) {
      if (!(error instanceof AivmError) || error.code !== 'block_invalid') throw error;
      throw new Violation('agreement', `${node.name} refuses block ${block.header.height}: ${error.message}`);
    }
  }

  /** Verifies and accepts. @returns whether the node has the block now. */
  async #take(node: SimNode, block: StatelessBlock): Promise<boolean> {
    if (!node.isUp || node.height !== block.header.height - 1) return false;
    const parsed = this.#verify(node, block);
    if (!equalBytes(parsed.id, block.id))
      throw new AivmError('internal', 'a block changed its id on the way');
    return node.accept(parsed);
  }
}
