import type { StatelessBlock, StatelessVertex } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { laneOf } from '@aivm/core/execute';
import { readAccount, readChain, readParams, type StateReader } from '@aivm/core/state';
import { type Transaction, transactionWork } from '@aivm/core/tx';
import type { Chain, ChainTip } from '../chain/chain.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { VertexSet } from '../vertices/vertex-set.ts';

/** What there is to make a block for, on the preferred block. */
export interface Work {
  /** There are transactions that the block could carry, in the pool or in accepted vertices. */
  readonly transactions: boolean;
  /** Timers are scheduled or tasks wait to be drawn: time has to pass, in blocks, also empty ones. */
  readonly timers: boolean;
  /** Of timers there are only the deadlines of tasks that wait to be drawn: nothing else happens as time passes. */
  readonly onlyDeadlines: boolean;
}

/** What blocks are made of. */
export interface BlockSources {
  readonly chain: Chain;
  readonly pool: Mempool;
  readonly vertices: VertexSet;
}

/** Candidates offered beyond a block's work: some will turn out not to fit. */
const OFFERED_WORK_FACTOR = 2;

/** Whether the transaction is its sender's next one, and its operation fee can be paid. */
function isDue(state: StateReader, tx: Transaction): boolean {
  const { nonce, balance } = readAccount(state, tx.sender);
  const { params } = readParams(state);
  return tx.nonce === nonce && balance >= params.workPrice * BigInt(transactionWork(tx));
}

/** What there is to make a block for on the preferred block. Every open task has a timer, so tasks keep blocks coming. */
export function workOn({ chain, pool, vertices }: BlockSources): Work {
  const tip = chain.preferred();
  const { timersPending, queueCount } = readChain(tip.state);
  const transactions =
    pool.hasCandidates(tip.state) ||
    vertices.pending(tip).length > 0 ||
    [...vertices.waiting()].some((tx) => isDue(tip.state, tx));
  const timers = timersPending > 0 || queueCount > 0;
  return { transactions, timers, onlyDeadlines: timers && timersPending <= queueCount };
}

/**
 * The pool's candidates, then what earlier blocks left out of their vertices; not what the offered vertices carry, so
 * that they are executed where they stand among others. A sender with a dispute to lead waits for no vertex: anybody can
 * put its move into one behind many others, and a move that is not in a block in time is a conviction.
 */
export function candidatesOn(
  { state }: ChainTip,
  { pool, vertices }: BlockSources,
  offered: readonly StatelessVertex[],
): readonly Transaction[] {
  const { maxBlockWork } = readParams(state).params;
  const known = new Set<string>();
  const inVertices = new Set(
    offered.flatMap(({ transactions }) => transactions.map(({ id }) => bytesToHex(id))),
  );
  const candidates: Transaction[] = [];
  const leftOut = [...vertices.waiting()]
    .filter(({ sender, nonce }) => nonce >= readAccount(state, sender).nonce)
    .sort((left, right) => (left.nonce < right.nonce ? -1 : 1));
  const found = [...pool.candidates(state, OFFERED_WORK_FACTOR * maxBlockWork), ...leftOut];
  const disputing = new Set(
    found
      .filter(({ operation }) => laneOf(operation.kind) === 'disputes')
      .map(({ sender }) => bytesToHex(sender)),
  );
  for (const tx of found) {
    const key = bytesToHex(tx.id);
    if (known.has(key) || (inVertices.has(key) && !disputing.has(bytesToHex(tx.sender)))) continue;
    known.add(key);
    candidates.push(tx);
  }
  return candidates;
}

/**
 * Builds on the preferred block from accepted vertices and from what the pool offers, by arrival; the core decides what
 * fits and how it stands. What can be in no block on the last accepted one leaves the pool.
 * @throws AivmError `wrong_state` when there is nothing to make a block for.
 */
export function proposeBlock(sources: BlockSources, timestamp: number): StatelessBlock {
  const { chain, pool, vertices } = sources;
  const parent = chain.preferred();
  const { timers } = workOn(sources);
  const offered = vertices.pending(parent);
  const { block, result, dropped, idle } = chain.engine.buildBlock({
    parent,
    timestamp: Math.max(timestamp, parent.header.timestamp),
    candidates: candidatesOn(parent, sources, offered),
    vertices: offered,
    kernels: chain.engine.kernels(),
  });
  // On a block that is not accepted the refusal may be gone with that block.
  if (equalBytes(parent.id, chain.head.id)) {
    for (const { tx, error } of dropped) pool.drop(tx.id, error);
    for (const { id } of idle) vertices.setAside(id);
  }
  // Vertices whose time this block's epoch ends with are offered no more once it is accepted, so it is worth making.
  if (block.transactions.length === 0 && offered.length === 0 && !timers) {
    throw new AivmError('wrong_state', 'there is nothing to make a block for');
  }
  return chain.remember(block, result);
}
