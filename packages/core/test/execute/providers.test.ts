import { equalBytes } from '@aivm/core/bytes';
import {
  listProviders,
  type ProviderRecord as Provider,
  ProviderStatus,
  readAccount,
  readChain,
  readProvider,
  TaskStatus,
} from '@aivm/core/state';
import { transactionWork } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import {
  alice,
  BOND,
  bob,
  carol,
  complete,
  dave,
  FAST,
  people,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
} from './scenario.ts';
import { disgrace, type Person, TestChain } from './test-chain.ts';

const _WINDOW = 5;
const _TIMEOUT = 3;
const balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;
const gpu = { model: 'H100', memoryGb: 80, tflops: '1', available: true, temperature: '', utilization: '' };

function chainWith(...providers: readonly (readonly [Person, string])[]): TestChain {
  const chain = new TestChain(FAST, people);
  for (const [by, id] of providers) chain.must(by, registerProvider(by, id));
  return chain;
}

describe('a provider that leaves', () => {
  it('finishes what it holds, gets nothing new, and takes its bond when nothing holds it', () => {
    const config = { ...FAST.config, taskTimeout: '12s' };
    const chain = new TestChain({ config, params: { development: true, unbondBlocks: 6 } }, people);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    chain.must(carol, registerProvider(carol, 'spare'));
    disgrace(chain, carol);
    chain.must(alice, submitTask('t'));
    untilAssigned(chain, 't');
    chain.must(bob, { kind: 'beginUnbond', id: 'p-bob' });
    const { withdrawableAtHeight } = readProvider(chain.state, 'p-bob') as Provider;
    chain.mine();
    chain.must(bob, submitResult('t', 'p-bob'));
    const { finalAtHeight } = taskOf(chain, 't');
    expect(chain.apply(alice, submitTask('next', { deadlineBlocks: 2n }))).toBe('');
    chain.mineUntil(withdrawableAtHeight - 1);
    expect(finalAtHeight).toBeGreaterThan(withdrawableAtHeight);
    expect(chain.apply(bob, { kind: 'withdrawBond', id: 'p-bob' })).toBe('bond_reserved');
    chain.mineUntil(finalAtHeight - 1);
    const before = balance(chain, bob);
    const { escrow } = taskOf(chain, 't');
    chain.must(bob, { kind: 'withdrawBond', id: 'p-bob' });
    expect(balance(chain, bob)).toBe(
      before + BOND + escrow - escrow / 10n - (chain.last.outcomes[0]?.burned ?? 0n),
    );
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({ status: ProviderStatus.withdrawn, bond: 0n });
    expect(taskOf(chain, 'next').status).toBe(TaskStatus.failed);
    expect(chain.apply(bob, { kind: 'withdrawBond', id: 'p-bob' })).toBe('duplicate');
    expect(chain.apply(bob, registerProvider(bob, 'p-bob'))).toBe('id_taken');
    chain.must(bob, registerProvider(bob, 'p-bob-2'));
  });

  it('frees its registration, and the places of others in the lists stay right', () => {
    const chain = new TestChain(FAST, people);
    const models = ['qwen3-8b', 'zen-mini-0.5b', 'wdbc-int8'];
    for (const [i, by] of [bob, carol, dave].entries())
      chain.must(by, registerProvider(by, `p-${i}`, { models: models.slice(i === 2 ? 1 : 0) }));
    chain.must(bob, { kind: 'beginUnbond', id: 'p-0' });
    for (const model of models) chain.must(alice, submitTask(model, { model }));
    const drawn = models.map((model) => untilAssigned(chain, model).provider);
    expect(drawn).not.toContain('p-0');
    expect(drawn[0]).toBe('p-1');
    chain.must(carol, { kind: 'beginUnbond', id: 'p-1' });
    chain.must(dave, { kind: 'beginUnbond', id: 'p-2' });
    for (const { status, listed } of listProviders(chain.state))
      expect([status, listed]).toEqual([ProviderStatus.unbonding, true]);
    expect(readChain(chain.state).providersActive).toBe(0);
  });

  it('is moved, updated and paid by its operator alone', () => {
    const chain = chainWith([bob, 'p-bob']);
    const update = {
      kind: 'updateProvider',
      id: 'p-bob',
      walletAddress: dave.address,
      endpoint: 'x',
      gpus: [gpu],
      leastFee: 0n,
    } as const;
    chain.must(bob, update);
    const provider = readProvider(chain.state, 'p-bob') as Provider;
    expect(provider).toMatchObject({ endpoint: 'x', gpus: [gpu] });
    expect(equalBytes(provider.wallet, dave.address)).toBe(true);
    const before = balance(chain, dave);
    complete(chain, 't');
    expect(balance(chain, dave)).toBeGreaterThan(before);
  });
});

describe('work', () => {
  it('is counted from kind and size alone, inputs twice', () => {
    const chain = chainWith();
    const small = chain.sign(alice, submitTask('t', { model: 'qwen3-8b', input: new Uint8Array(64) }));
    const large = chain.sign(alice, submitTask('t', { model: 'qwen3-8b', input: new Uint8Array(6_464) }));
    expect(transactionWork(large) - transactionWork(small)).toBe(200);
  });
});
