import {
  createGenesis,
  ProviderStatus,
  parseBlock,
  parseGenesis,
  readChain,
  type StatelessBlock,
  TaskStatus,
  type Transaction,
  verifyBlock,
} from '@aivm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAST, people } from '../scenario.ts';
import { TestChain } from '../test-chain.ts';
import { takeCensus } from './census.ts';
import { checkCensus } from './check-census.ts';
import { operationOf, type Step, steps } from './commands.ts';
import { Ledger } from './ledger.ts';

const GENESIS = {
  ...FAST,
  config: { ...FAST.config, epochDuration: '60s', maxTaskQueueSize: 8 },
  // Few slots, so that timers slip to later heights and are refused; few tries, so that the cursor turns.
  params: {
    ...FAST.params,
    timerSlots: 2,
    assignmentTriesPerBlock: 6,
    rewardSubsidy: 1_000_003n,
    defaultDeadlineBlocks: 15,
  },
};

interface Ended {
  readonly status: number;
  readonly receipt: number;
}

/** A chain, the account book beside it, and what must never change again. */
class World {
  readonly chain = new TestChain(GENESIS, people);
  readonly ledger = new Ledger(people);
  readonly blocks: StatelessBlock[] = [];
  readonly codes = new Set<string>();
  readonly #ended = new Map<string, Ended>();
  #serial = 0;

  /** The transactions that a step stands for, each sender's in nonce order. */
  #transactionsOf(step: Step): Transaction[] {
    const census = takeCensus(this.chain.entries());
    const offsets = new Map<string, bigint>();
    return step.commands.flatMap((command) => {
      const signed = operationOf(this.chain, census, command, this.#serial++);
      if (signed === undefined) return [];
      const [by, operation] = signed;
      const sender = by.address.join();
      const offset = offsets.get(sender) ?? 0n;
      offsets.set(sender, offset + 1n);
      return [this.chain.sign(by, operation, offset)];
    });
  }

  run(step: Step): void {
    const { chain, ledger } = this;
    const before = takeCensus(chain.entries());
    const claimed = new Map(before.providers.map(({ id, rewardsClaimed }) => [id, rewardsClaimed]));
    const candidates = this.#transactionsOf(step);
    const preview = chain.build(candidates, step.seconds);
    const codes = preview.result.outcomes.map(({ code }) => code);
    ledger.bookBlock(chain, preview.block, { codes, events: preview.result.events });
    chain.mine(candidates, step.seconds);
    ledger.bookClaims(chain, claimed);
    this.blocks.push(chain.tip);
    for (const code of codes) this.codes.add(code);
    this.#check();
  }

  #check(): void {
    const census = takeCensus(this.chain.entries());
    checkCensus(census, this.chain.height);
    for (const [address, balance] of this.ledger.balances) {
      expect([address, census.accounts.get(address)?.balance ?? 0n]).toEqual([address, balance]);
    }
    for (const { id, bond } of census.providers) expect([id, bond]).toEqual([id, this.ledger.bonds.get(id)]);
    for (const task of census.tasks) {
      const known = this.#ended.get(task.id);
      const now = { status: task.status, receipt: task.receiptNumber };
      if (known !== undefined) expect(now).toEqual(known);
      else if (task.status >= TaskStatus.completed) this.#ended.set(task.id, now);
    }
    const liars = new Set([...this.ledger.lies].map((lie) => lie.split('/')[1]));
    for (const { id, status } of census.providers) {
      if (status === ProviderStatus.slashed) expect(liars.has(id)).toBe(true);
    }
    expect(census.chain.tasksCompleted).toBe(BigInt(this.chain.tip.header.receiptCount));
  }

  /** Nobody does anything any more: every task ends by the height that was known when it was submitted. */
  drain(): void {
    const { tasks } = takeCensus(this.chain.entries());
    // The deadline; an attempt that began before it; its window; timers slip by less than 64 heights.
    const last = Math.max(0, ...tasks.map(({ deadlineHeight }) => deadlineHeight)) + 3 + 63 + 5 + 63;
    const { chain } = this;
    while (readChain(chain.state).tasksOpen > 0n && chain.height < last) {
      chain.mine();
      this.blocks.push(chain.tip);
    }
    const census = takeCensus(chain.entries());
    expect(census.chain).toMatchObject({ tasksOpen: 0n, timersPending: 0, queueCount: 0 });
    for (const { reserved, assigned, openResults } of census.providers) {
      expect({ reserved, assigned, openResults }).toEqual({ reserved: 0n, assigned: [], openResults: 0 });
    }
  }
}

/** Applies the same blocks, from their bytes, to a chain that has seen nothing else. */
function replay(blocks: readonly StatelessBlock[]): TestChain {
  const chain = new TestChain(GENESIS, people);
  for (const { bytes } of blocks) {
    const block = parseBlock(bytes);
    chain.state.commit(verifyBlock({ parent: chain.parent, block }));
    chain.tip = block;
  }
  return chain;
}

describe('any sequence of operations', () => {
  it('keeps every book balanced, ends every task once, and gives two nodes the same roots', () => {
    const codes = new Set<string>();
    fc.assert(
      fc.property(steps(32), (sequence) => {
        const world = new World();
        for (const step of sequence) world.run(step);
        world.drain();
        const second = replay(world.blocks);
        expect(second.state.root).toEqual(world.chain.state.root);
        expect(second.entries()).toEqual(world.chain.entries());
        for (const code of world.codes) codes.add(code);
      }),
      { numRuns: 8 },
    );
    // The sequences reach what they are meant to.
    expect(codes.has('')).toBe(true);
    expect(codes.size).toBeGreaterThan(3);
  });

  it('starts from the same genesis block for the same genesis', () => {
    const once = createGenesis(parseGenesis(GENESIS)).block.id;
    expect(createGenesis(parseGenesis(GENESIS)).block.id).toEqual(once);
  });
});
