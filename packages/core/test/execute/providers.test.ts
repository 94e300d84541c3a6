import { equalBytes } from '@aivm/core/bytes';
import {
  listProviders,
  type ProviderRecord as Provider,
  ProviderStatus,
  readAccount,
  readChain,
  readModel,
  readOperator,
  readProvider,
  readServedCount,
  TaskStatus,
} from '@aivm/core/state';
import { transactionWork } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { convictWithoutChallenger } from '../../src/execute/economy/conviction.ts';
import { penalizeSeat } from '../../src/execute/economy/penalty.ts';
import { listsServing } from '../../src/execute/providers/provider-lists.ts';
import { countServingOperators } from '../../src/execute/providers/served-lists.ts';
import {
  alice,
  BOND,
  bob,
  carol,
  challenge,
  complete,
  dave,
  FAST,
  inputOf,
  people,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  wrongOutput,
} from './scenario.ts';
import { changeState, disgrace, type Person, TestChain } from './test-chain.ts';

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

describe('a provider whose bond was penalised to nothing', () => {
  const broke = (chain: TestChain): void =>
    changeState(chain, (context) => {
      while ((readProvider(context.state, 'p-bob')?.bond ?? 0n) > 0n)
        penalizeSeat(context, 'p-bob', BOND / 80n);
    });

  it('can leave, and frees its registration', () => {
    // It was told that its bond had left before (`duplicate`), for ever, and its operator lost a registration.
    const chain = chainWith([bob, 'p-bob']);
    broke(chain);
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({ bond: 0n, status: ProviderStatus.active });
    chain.must(bob, { kind: 'beginUnbond', id: 'p-bob' });
    expect(chain.apply(bob, { kind: 'withdrawBond', id: 'p-bob' })).toBe('bond_reserved');
    chain.mineUntil(readProvider(chain.state, 'p-bob')?.withdrawableAtHeight ?? 0);
    chain.must(bob, { kind: 'withdrawBond', id: 'p-bob' });
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({ bond: 0n, status: ProviderStatus.withdrawn });
    expect(readOperator(chain.state, bob.address).registrations).toBe(0);
    expect(chain.apply(bob, { kind: 'withdrawBond', id: 'p-bob' })).toBe('duplicate');
    chain.must(bob, registerProvider(bob, 'p-named', { models: ['wdbc-int8'] }));
  });

  it('stays while something is open that it answers for', () => {
    const chain = chainWith([bob, 'p-bob']);
    chain.must(alice, submitTask('t'));
    untilAssigned(chain, 't');
    broke(chain);
    expect(readProvider(chain.state, 'p-bob')?.reserved).toBeGreaterThan(0n);
    chain.must(bob, { kind: 'beginUnbond', id: 'p-bob' });
    chain.must(bob, submitResult('t', 'p-bob', { output: wrongOutput(inputOf(1)) }));
    // Its lie is proven: nothing is there to forfeit or to earn, and it stays barred.
    const before = balance(chain, carol);
    chain.must(carol, challenge('t', { output: rightOutput(inputOf(1)) }));
    expect(before - balance(chain, carol)).toBe(chain.last.outcomes[0]?.burned);
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({ bond: 0n, status: ProviderStatus.slashed });
    expect(chain.apply(bob, registerProvider(bob, 'again'))).toBe('provider_slashed');
  });

  it('can come back instead', () => {
    const chain = chainWith([bob, 'p-bob']);
    broke(chain);
    expect(readProvider(chain.state, 'p-bob')?.listed).toBe(false);
    chain.must(bob, { kind: 'addBond', id: 'p-bob', amount: BOND });
    complete(chain, 't');
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({ listed: true, tasksCompleted: 1n });
  });
});

describe('the other providers of a convicted operator', () => {
  /** Bob has two providers, and another one is convicted in a context. */
  function convicted(models: readonly string[]): TestChain {
    const chain = chainWith([carol, 'p-carol']);
    for (const id of ['twin', 'liar']) chain.must(bob, registerProvider(bob, id, { models }));
    changeState(chain, (context) => convictWithoutChallenger(context, 't', 'liar'));
    return chain;
  }
  const serving = (chain: TestChain): number => {
    const model = readModel(chain.state, 'wdbc-int8');
    if (model === undefined) throw new Error('no model');
    return countServingOperators(chain.state, listsServing(model, model), []);
  };

  it('count no more among those who serve, from the next blocks on', () => {
    for (const models of [[], ['wdbc-int8', 'qwen3-8b']]) {
      const chain = convicted(models);
      for (let i = 0; i < 2; i++) chain.mine();
      // The operator was counted for as long as its second provider stood in a list: for ever.
      expect(serving(chain)).toBe(1);
      expect(readProvider(chain.state, 'twin')).toMatchObject({
        listed: false,
        status: ProviderStatus.active,
      });
      expect(readServedCount(chain.state, 'convicted/')).toBe(0);
    }
  });

  it('come back by no new bond, and leave with what is theirs', () => {
    const chain = convicted([]);
    for (let i = 0; i < 2; i++) chain.mine();
    expect(chain.apply(bob, { kind: 'addBond', id: 'twin', amount: 1n })).toBe('provider_slashed');
    chain.must(bob, { kind: 'beginUnbond', id: 'twin' });
    expect(serving(chain)).toBe(1);
    chain.mineUntil(readProvider(chain.state, 'twin')?.withdrawableAtHeight ?? 0);
    const before = balance(chain, bob);
    chain.must(bob, { kind: 'withdrawBond', id: 'twin' });
    expect(balance(chain, bob) - before).toBe(BOND - (chain.last.outcomes[0]?.burned ?? 0n));
  });

  it('are taken out one a block, whoever else is convicted', () => {
    const chain = new TestChain({ ...FAST, config: { ...FAST.config, maxProvidersPerNode: 9 } }, people);
    for (const [by, letter] of [
      [bob, 'b'],
      [dave, 'd'],
    ] as const)
      for (let i = 0; i < 4; i++) chain.must(by, registerProvider(by, `${letter}${i}`));
    changeState(chain, (context) => {
      convictWithoutChallenger(context, 't', 'b3');
      convictWithoutChallenger(context, 't', 'd0');
    });
    const listed = (): number => listProviders(chain.state).filter((provider) => provider.listed).length;
    for (let left = 6; left > 0; ) {
      const before = listed();
      expect(before).toBe(left);
      chain.mine();
      left = listed();
      expect(before - left).toBeLessThanOrEqual(1);
      if (chain.height > 40) throw new Error('somebody stays');
    }
    expect(serving(chain)).toBe(0);
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
