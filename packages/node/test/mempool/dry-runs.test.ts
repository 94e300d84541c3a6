import { AivmError } from '@aivm/core/errors';
import { DryRun } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransactionRow } from '../../src/chain/engine.ts';
import { openChain } from '../../src/chain/open-chain.ts';
import { DryRuns } from '../../src/mempool/dry-runs.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { acceptBlock } from '../support/task-chain.ts';
import { people, submitTask, type TestAccount, testGenesis, transfer } from '../support/test-genesis.ts';

const [alice, bob] = people(2) as [TestAccount, TestAccount];
const genesis = testGenesis([alice, bob]);

const codeOf = (run: () => void): string => {
  try {
    run();
    return '';
  } catch (error) {
    if (error instanceof AivmError) return error.code;
    throw error;
  }
};

/** Transactions that work, that fail, that cannot be in a block, and that depend on those before. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('pay' as const), amount: fc.constantFrom(1n, 4n * 10n ** 20n, 10n ** 22n) }),
  fc.record({
    kind: fc.constant('task' as const),
    id: fc.constantFrom('a', 'b', 'c'),
    fee: fc.constantFrom(1n, 5_000_000n),
  }),
  fc.record({ kind: fc.constant('gap' as const) }),
);

describe('DryRuns', () => {
  it('answers as running the whole row anew does, whatever was refused before', async () => {
    const chain = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const runs = new DryRuns();
        const pending: Transaction[] = [];
        for (const one of steps) {
          const nonce = BigInt(pending.length) + (one.kind === 'gap' ? 1n : 0n);
          const operation =
            one.kind === 'task'
              ? submitTask(one.id, { fee: one.fee })
              : transfer(bob.address, one.kind === 'pay' ? one.amount : 1n);
          const tx = alice.sign(operation, nonce);
          const parent = chain.accepted();
          const expected = codeOf(() => {
            const whole = new DryRun(parent);
            for (const earlier of pending) whole.apply(earlier);
            whole.try(tx);
          });
          expect(codeOf(() => runs.check(parent, pending, tx))).toBe(expected);
          if (expected === '') pending.push(tx);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('begins anew on another head and for another row', async () => {
    const chain = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
    const runs = new DryRuns();
    const task = alice.sign(submitTask('a'), 0n);
    runs.check(chain.accepted(), [], task);
    const rival = alice.sign(transfer(bob.address), 0n);
    runs.check(chain.accepted(), [], rival);
    runs.check(chain.accepted(), [rival], alice.sign(submitTask('a'), 1n));
    const fresh = new DryRuns();
    expect(
      codeOf(() => fresh.check(chain.accepted(), [], alice.sign(submitTask('b', { fee: 1n }), 0n))),
    ).toBe('fee_too_low');
    await acceptBlock(chain, [task]);
    fresh.check(chain.accepted(), [], alice.sign(transfer(bob.address), 1n));
    const late = alice.sign(submitTask('a'), 1n);
    expect(codeOf(() => runs.check(chain.accepted(), [], late))).toBe('id_taken');
  });

  /** Rows that count what is applied in them. */
  const countingRuns = () => {
    const counted = { applies: 0 };
    const beginDryRun = (): TransactionRow => ({
      apply: () => {
        counted.applies++;
      },
      try: (tx) => {
        if (tx.operation.kind === 'submitTask') throw new AivmError('unknown_model', tx.operation.id);
      },
    });
    return { counted, runs: new DryRuns({ beginDryRun }) };
  };
  const row = (count: number): Transaction[] =>
    Array.from({ length: count }, (_, nonce) => alice.sign(transfer(bob.address), BigInt(nonce)));

  it('costs a refused replacement no more than what stands before it, and a bounded number of times', async () => {
    const chain = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
    const { counted, runs } = countingRuns();
    const pending = row(400);
    for (const [i, tx] of pending.entries()) runs.check(chain.accepted(), pending.slice(0, i), tx);
    expect(counted.applies).toBe(0);
    const codes: string[] = [];
    for (let i = 0; i < 300; i++) {
      const nonce = 398 + (i % 2);
      const rival = alice.sign(submitTask(`rival-${i}`), BigInt(nonce));
      codes.push(
        codeOf(() => runs.check(chain.accepted(), pending.slice(0, nonce), rival, { isReplacement: true })),
      );
    }
    expect(counted.applies).toBeLessThanOrEqual(1_024);
    expect(new Set(codes)).toEqual(new Set(['unknown_model', 'rate_limited']));
    // What only adds to the row goes on where the row is.
    const before = counted.applies;
    expect(runs.check(chain.accepted(), pending, alice.sign(transfer(bob.address), 400n))).toBe(true);
    expect(counted.applies).toBe(before);
    await acceptBlock(chain, []);
    const rival = alice.sign(submitTask('later'), 399n);
    expect(
      codeOf(() => runs.check(chain.accepted(), pending.slice(0, 399), rival, { isReplacement: true })),
    ).toBe('unknown_model');
  });

  it('leaves to the block what stands behind more than 512 others', async () => {
    const chain = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
    const { counted, runs } = countingRuns();
    const pending = row(513);
    expect(runs.check(chain.accepted(), pending, alice.sign(submitTask('a'), 513n))).toBe(false);
    expect(counted.applies).toBe(0);
    expect(
      codeOf(() => runs.check(chain.accepted(), pending.slice(1), alice.sign(submitTask('a'), 512n))),
    ).toBe('unknown_model');
  });
});
