import {
  type KernelBackend,
  ProviderStatus,
  parseBlock,
  readChain,
  type StatelessBlock,
  TaskStatus,
  type Transaction,
  verifyBlock,
} from '@aivm/core';
import { NOW, TEST_POLICY } from '@aivm/test-authority';
import { expect } from 'vitest';
import { LISTED } from '../attestation-scenario.ts';
import { FAST, people } from '../scenario.ts';
import { TestChain } from '../test-chain.ts';
import { takeCensus } from './census.ts';
import { checkCensus } from './check-census.ts';
import { operationsOf, type Step } from './commands.ts';
import { Ledger } from './ledger.ts';

/** A chain on which everything happens soon. */
export const GENESIS = {
  ...FAST,
  timestamp: NOW,
  attestation: { testRoots: TEST_POLICY.testRoots, policy: { ...LISTED, lifetimeSeconds: 200 } },
  config: {
    ...FAST.config,
    epochDuration: '60s',
    taskTimeout: '18s',
    maxTaskQueueSize: 8,
    redundancyFactor: 2,
    merkleAnchorFreq: 3,
  },
  // Few slots, so that timers slip to later heights and are refused; few tries, so that the cursor turns.
  params: {
    ...FAST.params,
    timerSlots: 2,
    assignmentTriesPerBlock: 6,
    rewardSubsidy: 1_000_003n,
    defaultDeadlineBlocks: 15,
    redundancySeats: 3,
    revealBlocks: 5,
    development: true,
  },
};

interface Ended {
  readonly status: number;
  readonly receipt: number;
}

/** A chain, the account book beside it, and what must never change again. */
export class World {
  readonly chain = new TestChain(GENESIS, people);
  readonly ledger = new Ledger(people);
  readonly blocks: StatelessBlock[] = [];
  readonly codes = new Set<string>();
  /** Reasons of tasks, changes of seats, and attestations that came up. */
  readonly happened: string[] = [];
  readonly #ended = new Map<string, Ended>();
  #serial = 0;

  /** The transactions that a step stands for, each sender's in nonce order. */
  #transactionsOf(step: Step): Transaction[] {
    const census = takeCensus(this.chain.entries());
    const offsets = new Map<string, bigint>();
    return step.commands.flatMap((command) => {
      return operationsOf(this.chain, census, command, this.#serial++).map(([by, operation]) => {
        const sender = by.address.join();
        const offset = offsets.get(sender) ?? 0n;
        offsets.set(sender, offset + 1n);
        return this.chain.sign(by, operation, offset);
      });
    });
  }

  /**
   * Everybody who may be drawn is there from the start, and so are a model that committees judge, the references that
   * GPUs are held against, and an attested provider.
   */
  begin(): void {
    this.run({ seconds: 1, commands: [{ kind: 'model', pick: 2 }] });
    const picks = [10, 16, 22, 28, 4];
    this.run({ seconds: 1, commands: picks.map((pick) => ({ kind: 'register', pick })) });
    const manifests = [4, 11].map((pick) => ({ kind: 'document' as const, pick }));
    this.run({ seconds: 1, commands: [...manifests, { kind: 'attest', pick: 61 }] });
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
    for (const event of preview.result.events) {
      if (event.kind === 'task' || event.kind === 'seat')
        this.happened.push('reason' in event ? event.reason : event.change);
      if (event.kind === 'provider' && event.change === 'attested') this.happened.push(event.change);
    }
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
    const slip = 63;
    // The deadline; an attempt that began before it; its window; drawing, commitments and reveals of a committee.
    const last =
      Math.max(0, ...tasks.map(({ deadlineHeight }) => deadlineHeight)) + 6 + 5 + 23 + 6 + 5 + 5 * slip;
    const { chain } = this;
    while (readChain(chain.state).tasksOpen > 0n && chain.height < last)
      this.run({ seconds: 1, commands: [] });
    const census = takeCensus(chain.entries());
    expect(census.chain).toMatchObject({ tasksOpen: 0n, timersPending: 0, queueCount: 0 });
    for (const { reserved, assigned, openResults } of census.providers) {
      expect({ reserved, assigned, openResults }).toEqual({ reserved: 0n, assigned: [], openResults: 0 });
    }
  }
}

/** Applies the same blocks, from their bytes, to a chain that has seen nothing else. */
export function replay(blocks: readonly StatelessBlock[], kernels?: KernelBackend): TestChain {
  const chain = new TestChain(GENESIS, people);
  for (const { bytes } of blocks) {
    const block = parseBlock(bytes);
    chain.state.commit(
      verifyBlock({ parent: chain.parent, block, ...(kernels === undefined ? {} : { kernels }) }),
    );
    chain.tip = block;
  }
  return chain;
}
