import { AivmError, equalBytes, readChain, readParams, type StatelessBlock } from '@aivm/core';
import type { Chain } from '../chain/chain.ts';
import type { Mempool } from '../mempool/mempool.ts';

/** What there is to make a block for, on the preferred block. */
export interface Work {
  /** The pool holds transactions that the block could carry. */
  readonly transactions: boolean;
  /** Timers are scheduled or tasks wait to be drawn: time has to pass, in blocks, also empty ones. */
  readonly timers: boolean;
}

/** Candidates offered beyond a block's work: some will turn out not to fit. */
const OFFERED_WORK_FACTOR = 2;

/** What there is to make a block for on the preferred block. Every open task has a timer, so tasks keep blocks coming. */
export function workOn(chain: Chain, pool: Mempool): Work {
  const { state } = chain.preferred();
  const { timersPending, queueCount } = readChain(state);
  return { transactions: pool.hasCandidates(state), timers: timersPending > 0 || queueCount > 0 };
}

/**
 * Builds on the preferred block from what the pool offers, by arrival; the core decides what fits and how it stands.
 * What can be in no block on the last accepted one leaves the pool.
 * @throws AivmError `wrong_state` when there is nothing to make a block for.
 */
export function proposeBlock(chain: Chain, pool: Mempool, timestamp: number): StatelessBlock {
  const parent = chain.preferred();
  const { timers } = workOn(chain, pool);
  const { maxBlockWork } = readParams(parent.state).params;
  const candidates = pool.candidates(parent.state, OFFERED_WORK_FACTOR * maxBlockWork);
  const { block, dropped } = chain.buildBlock({
    parent,
    timestamp: Math.max(timestamp, parent.header.timestamp),
    candidates,
    kernels: chain.kernels(),
  });
  // On a block that is not accepted the refusal may be gone with that block.
  if (equalBytes(parent.id, chain.head.id)) {
    for (const { tx, error } of dropped) pool.drop(tx.id, error);
  }
  if (block.transactions.length === 0 && !timers) {
    throw new AivmError('wrong_state', 'there is nothing to make a block for');
  }
  return chain.remember(block);
}
