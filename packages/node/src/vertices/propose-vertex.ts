import {
  createVertex,
  isEpochOpen,
  isVertexOperation,
  jobIdOf,
  type StatelessVertex,
  VERTEX_BYTES_MAX,
  VERTEX_PARENTS_MAX,
  VERTEX_TRANSACTIONS_MAX,
} from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { BlockRoom, vertexRoom, vertexWork } from '@aivm/core/execute';
import { readChain, readParams } from '@aivm/core/state';
import { isExpired, type Transaction } from '@aivm/core/tx';
import type { Chain } from '../chain/chain.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { VertexSet } from './vertex-set.ts';

/** Room that a vertex takes beside its transactions, and for each of them a place among the left out ones, rounded up. */
const OVERHEAD_BYTES = 1_024 + 4 * VERTEX_TRANSACTIONS_MAX;
const OFFERED_WORK_FACTOR = 2;

/** What a new vertex may carry, by what other vertices carry. */
class Choice {
  readonly parents: readonly StatelessVertex[];
  readonly #set: VertexSet;
  readonly #below: ReadonlySet<string>;
  readonly #carried: ReadonlySet<string>;
  readonly #heldUp = new Set<string>();

  constructor(set: VertexSet, epoch: bigint) {
    const { accepted, processing } = set.graphs();
    this.#set = set;
    this.parents = set
      .tips()
      .filter((tip) => isEpochOpen(tip.epoch, epoch))
      .slice(0, VERTEX_PARENTS_MAX);
    this.#below = accepted.closure(this.parents);
    const all = [...accepted.values(), ...processing.values()];
    this.#carried = new Set(all.flatMap(({ transactions }) => transactions.map(({ id }) => bytesToHex(id))));
  }

  /**
   * Whether the vertex can carry `tx`: no vertex does yet, and every other one about its job is accepted and comes
   * before. A sender whose transaction has to wait waits with those after it.
   */
  allows(tx: Transaction): boolean {
    const sender = bytesToHex(tx.sender);
    if (this.#heldUp.has(sender)) return false;
    if (this.#carried.has(bytesToHex(tx.id))) return false;
    const job = jobIdOf(tx.operation);
    if (job === undefined || this.#comesAfterAll(job)) return true;
    this.#heldUp.add(sender);
    return false;
  }

  /** What is not carried holds up what comes after it. */
  holdUp({ sender }: Transaction): void {
    this.#heldUp.add(bytesToHex(sender));
  }

  #comesAfterAll(job: string): boolean {
    const { accepted, processing } = this.#set.graphs();
    for (const _ of processing.about(job)) return false;
    for (const { id } of accepted.about(job)) if (!this.#below.has(bytesToHex(id))) return false;
    return true;
  }
}

/**
 * Builds a vertex over the accepted ones from what the pool offers, by arrival. Not yet verified.
 * @throws AivmError `wrong_state` when there is nothing to make a vertex of.
 */
export function proposeVertex(chain: Chain, pool: Mempool, set: VertexSet): StatelessVertex {
  const { state } = chain;
  const nextHeight = chain.header.height + 1;
  const { chainId, genesisHash, epoch } = readChain(state);
  const { params } = readParams(state);
  const choice = new Choice(set, epoch);
  // Such that a block with transactions of its own can execute it too.
  const most = vertexRoom(params, { isShared: true });
  const room = new BlockRoom({
    bytes: Math.min(most.bytes, VERTEX_BYTES_MAX) - OVERHEAD_BYTES,
    work: most.work - vertexWork({ transactions: [] }, 0),
    count: Math.min(most.count, VERTEX_TRANSACTIONS_MAX),
  });
  const transactions: Transaction[] = [];
  for (const tx of pool.candidates(state, OFFERED_WORK_FACTOR * params.maxBlockWork)) {
    if (isExpired(tx, nextHeight) || !choice.allows(tx)) continue;
    if (isVertexOperation(tx.operation.kind) && room.take(tx)) transactions.push(tx);
    else choice.holdUp(tx);
  }
  if (transactions.length === 0) {
    throw new AivmError('wrong_state', 'there is nothing to make a vertex of');
  }
  const { parents } = choice;
  const height = parents.reduce((greatest, parent) => Math.max(greatest, parent.height + 1), 0);
  const vertex = createVertex({
    chainId,
    genesisHash,
    epoch: Number(epoch),
    parents: parents.map(({ id }) => id),
    height,
    transactions,
  });
  return set.remember(vertex);
}
