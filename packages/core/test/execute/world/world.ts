import { parseBlock, type StatelessBlock } from '@aivm/core/block';
import { verifyBlock } from '@aivm/core/execute';
import type { KernelBackend } from '@aivm/core/kernels';
import { ProviderStatus, readChain, TaskStatus } from '@aivm/core/state';
import { expect } from 'vitest';
import { people } from '../scenario.ts';
import { TestChain } from '../test-chain.ts';
import { takeCensus } from './census.ts';
import { checkCensus } from './check-census.ts';
import type { Step } from './commands.ts';
import { GENESIS } from './genesis.ts';
import { Ledger } from './ledger.ts';
import { OPENING, signStep } from './sign-step.ts';

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

  begin(): void {
    for (const step of OPENING) this.run(step);
  }

  run(step: Step): void {
    const { chain, ledger } = this;
    const before = takeCensus(chain.entries());
    const claimed = new Map(before.providers.map(({ id, rewardsClaimed }) => [id, rewardsClaimed]));
    const candidates = signStep(chain, step, this.#serial);
    this.#serial += step.commands.length;
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
