import { createVertex, jobIdOf, type StatelessVertex } from '@aivm/core/block';
import type { Transaction } from '@aivm/core/tx';
import { canonicalOrder } from '../../../src/block/canonical-order.ts';

/** A number 0…below−1. */
export type Dice = (below: number) => number;

/** A small generator of numbers that a seed fixes (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function shuffle<T>(items: readonly T[], dice: Dice): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const other = dice(i + 1);
    [shuffled[i], shuffled[other]] = [shuffled[other] as T, shuffled[i] as T];
  }
  return shuffled;
}

interface Surroundings {
  readonly chainId: bigint;
  readonly genesisHash: Uint8Array;
  readonly epoch: number;
  readonly dice: Dice;
}

/** Deals transactions to a few producers; those about one job go to one of them. */
function deal(transactions: readonly Transaction[], dice: Dice): readonly (readonly Transaction[])[] {
  const hands = Array.from({ length: 1 + dice(4) }, (): Transaction[] => []);
  const handByJob = new Map<string, Transaction[]>();
  for (const tx of transactions) {
    const job = jobIdOf(tx.operation);
    const hand =
      (job === undefined ? undefined : handByJob.get(job)) ?? (hands[dice(hands.length)] as Transaction[]);
    if (job !== undefined) handByJob.set(job, hand);
    hand.push(tx);
    // Now and then two producers carry the same transaction.
    const other = hands[dice(hands.length)] as Transaction[];
    if (job === undefined && dice(6) === 0 && !other.includes(tx)) other.push(tx);
  }
  return hands.filter((hand) => hand.length > 0);
}

/** Vertices of these layers of transactions. A vertex comes after all lower ones about its jobs and some others. */
function stack(
  layers: readonly (readonly Transaction[])[],
  { chainId, genesisHash, epoch, dice }: Surroundings,
): StatelessVertex[] {
  const all: StatelessVertex[] = [];
  let below: StatelessVertex[] = [];
  for (const [height, layer] of layers.entries()) {
    const made = deal(layer, dice).map((transactions) => {
      const jobs = new Set(transactions.flatMap(({ operation }) => jobIdOf(operation) ?? []));
      const related = all.filter(({ jobIds }) => jobIds.some((job) => jobs.has(job)));
      const some = below.filter((_, i) => i === 0 || dice(2) === 0);
      const parents = [...new Set([...related, ...some])].map(({ id }) => id);
      return createVertex({ chainId, genesisHash, epoch, parents, height, transactions });
    });
    // Two producers with the same transactions made the same vertex.
    below = [...new Map(made.map((vertex) => [vertex.id.join(), vertex])).values()];
    all.push(...below);
  }
  return all;
}

/** Cuts a list into 1…4 runs, none of them empty. */
function cut<T>(items: readonly T[], dice: Dice): readonly (readonly T[])[] {
  const cuts = Array.from({ length: dice(4) }, () => dice(items.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, i) => items.slice(from, cuts[i] ?? items.length))
    .filter((run) => run.length > 0);
}

/** A random DAG of all these transactions whose only execution order is the one that a block would carry them in. */
export const dagInBlockOrder = (
  parentId: Uint8Array,
  transactions: readonly Transaction[],
  surroundings: Surroundings,
): StatelessVertex[] => stack(cut(canonicalOrder(parentId, transactions), surroundings.dice), surroundings);

/** A random DAG of all these transactions, whatever order that gives. */
export const anyDag = (transactions: readonly Transaction[], surroundings: Surroundings): StatelessVertex[] =>
  stack(cut(shuffle(transactions, surroundings.dice), surroundings.dice), surroundings);
