import { leastFeeAt, readChain, readProvider, TaskStatus } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { alice, BOND, bob, carol, FAST, people, registerProvider, submitTask, taskOf } from '../scenario.ts';
import { type Person, TestChain } from '../test-chain.ts';

const HOUR = 3_600;
const CHEAP = 5_000_000n;
const DEAR = 50_000_000n;

function ask(chain: TestChain, by: Person, id: string, leastFee: bigint): string {
  const provider = readProvider(chain.state, id);
  return chain.apply(by, {
    kind: 'updateProvider',
    id,
    walletAddress: by.address,
    endpoint: provider?.endpoint ?? '',
    gpus: [],
    leastFee,
  });
}

const leastFee = (chain: TestChain, id: string): bigint => {
  const provider = readProvider(chain.state, id);
  return provider === undefined ? -1n : leastFeeAt(provider, readChain(chain.state).epoch);
};

describe('the least fee of a provider', () => {
  it('counts from the next epoch on, so that nobody steps aside of a task that it has seen', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    expect(ask(chain, bob, 'p', DEAR)).toBe('');
    chain.must(alice, submitTask('now', { fee: CHEAP }));
    chain.mine();
    expect(taskOf(chain, 'now').assignedTo).toBe('p');
    chain.mine([], HOUR);
    chain.must(alice, submitTask('cheap', { fee: DEAR - 1n }));
    chain.must(alice, submitTask('dear', { fee: DEAR }));
    chain.mine();
    expect(taskOf(chain, 'cheap')).toMatchObject({ status: TaskStatus.pending, waitReason: 1 });
    expect(taskOf(chain, 'dear').assignedTo).toBe('p');
  });

  it('is read as it was until then, also when it is changed again', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    expect(ask(chain, bob, 'p', 7n)).toBe('');
    expect(leastFee(chain, 'p')).toBe(0n);
    chain.mine([], HOUR);
    expect(leastFee(chain, 'p')).toBe(7n);
    expect(ask(chain, bob, 'p', 9n)).toBe('');
    expect(ask(chain, bob, 'p', 3n)).toBe('');
    expect(leastFee(chain, 'p')).toBe(7n);
    chain.mine([], HOUR);
    expect(leastFee(chain, 'p')).toBe(3n);
  });

  it('is no reason to stay away from a panel', () => {
    const chain = new TestChain(FAST, people);
    for (const [i, by] of [bob, carol].entries()) chain.must(by, registerProvider(by, `p${i}`));
    chain.must(people[5] as Person, registerProvider(people[5] as Person, 'p2'));
    expect(ask(chain, bob, 'p0', DEAR)).toBe('');
    chain.mine([], HOUR);
    chain.must(alice, submitTask('panel', { fee: CHEAP, mode: 1, n: 3 }));
    for (let i = 0; i < 3; i++) chain.mine();
    expect(readProvider(chain.state, 'p0')?.seats).toContain('panel');
  });

  it('is at most the largest fee that a task can have', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    expect(ask(chain, bob, 'p', BOND / 80n)).toBe('');
    expect(ask(chain, bob, 'p', BOND / 80n + 1n)).toBe('fee_too_high');
  });
});
