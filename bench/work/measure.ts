import type { StatelessBlock } from '@aivm/core/block';
import { type Transaction, transactionWork } from '@aivm/core/tx';
import { medianOf, timed } from '../../packages/cli/src/bench/measure.ts';
import type { WorkChain } from './work-chain.ts';

/** The worst that an operation can meet: a state, and transactions that take effect on it. */
export interface WorstCase {
  readonly name: string;
  /** Makes the state. @returns what is measured, all in one block */
  readonly setUp: (chain: WorkChain) => readonly Transaction[];
}

/** What something took of the machine, and what it was charged. */
export interface Row {
  readonly name: string;
  readonly count: number;
  /** Work units that one is charged. */
  readonly work: number;
  /** Median nanoseconds that one takes. */
  readonly nsPerOp: number;
  /** Of them for each unit. */
  readonly nsPerUnit: number;
}

/** Something that is measured in turn with everything else. */
export interface Measured {
  readonly name: string;
  readonly count: number;
  readonly work: number;
  /** One round. @returns its nanoseconds */
  readonly round: () => number;
}

/** Work units of all of these. */
export const workOf = (transactions: readonly Transaction[]): number =>
  transactions.reduce((sum, tx) => sum + transactionWork(tx), 0);

/**
 * A block of the case's transactions, less the same block without any: parsing, signatures, execution, state tree and
 * roots.
 */
export function measuredCase(base: WorkChain, { name, setUp }: WorstCase): Measured {
  const chain = base.fork();
  const transactions = setUp(chain);
  const blockOf = (candidates: readonly Transaction[]): StatelessBlock => {
    try {
      return chain.build(candidates);
    } catch (cause) {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
  const [full, empty] = [blockOf(transactions), blockOf([])];
  const nsOf = (block: StatelessBlock): number => timed(() => chain.check(block))[0];
  return {
    name,
    count: transactions.length,
    work: workOf(transactions),
    round: () => Math.max(1, nsOf(full) - nsOf(empty)),
  };
}

/** Plays all of them in turn, so that a noisy moment of the machine strikes everything. */
export function measureAll(all: readonly Measured[], rounds: number): readonly Row[] {
  const times = all.map((): number[] => []);
  // The first of several rounds is not counted: it is for the compiler.
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++)
    for (const [i, measured] of all.entries()) {
      const ns = measured.round();
      if (round >= 0) times[i]?.push(ns);
    }
  return all.map(({ name, count, work }, i) => {
    const ns = medianOf(times[i] ?? []);
    return { name, count, work: work / count, nsPerOp: ns / count, nsPerUnit: ns / work };
  });
}
