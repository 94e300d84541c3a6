import { namedHash } from '@aivm/core/crypto';
import { runInt8Kernel } from '@aivm/core/execute';
import {
  ProviderStatus,
  readAccount,
  readChain,
  readOperator,
  readProvider,
  readWeights,
  Settlement,
  TaskStatus,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import {
  alice,
  answer,
  BOND,
  bob,
  carol,
  challenge,
  complete,
  dave,
  eve,
  FAST,
  FEE,
  frank,
  inputOf,
  leastChallengeBond,
  mallory,
  otherWrongOutput,
  people,
  poor,
  registerModel,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  WDBC_WEIGHTS,
  wrongOutput,
  ZERO_HASH,
} from './scenario.ts';
import { disgrace, type Person, TestChain } from './test-chain.ts';

const input = inputOf(1);
const hashOfWeights = (weights: Uint8Array): Uint8Array => namedHash('Weights', weights);
const runWith = (weights: Uint8Array): Uint8Array => runInt8Kernel(weights, input);
const balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;
const lastFee = (chain: TestChain): bigint => chain.last.outcomes[0]?.burned ?? 0n;

function chainWith(...providers: readonly (readonly [Person, string])[]): TestChain {
  const chain = new TestChain(FAST, people);
  for (const [by, id] of providers) chain.must(by, registerProvider(by, id));
  return chain;
}

/** Somebody else who serves, for whom no task is: one that returns to the queue waits there. */
function waitingProvider(chain: TestChain): void {
  chain.must(frank, registerProvider(frank, 'p-frank'));
  disgrace(chain, frank);
}

/** mallory's lie about task t stands posted. */
function lied(fee = FEE): TestChain {
  const chain = chainWith([mallory, 'liar']);
  chain.must(alice, submitTask('t', { fee }));
  answer(chain, 't', wrongOutput(input));
  return chain;
}

describe('a right challenge of a wrong result', () => {
  it('forfeits the bond: a tenth to the challenger, the rest burned', () => {
    const chain = lied();
    const before = { eve: balance(chain, eve), burned: readChain(chain.state).burned };
    chain.must(eve, challenge('t'));
    const fee = lastFee(chain);
    expect(balance(chain, eve)).toBe(before.eve - fee + BOND / 10n);
    expect(readChain(chain.state).burned).toBe(before.burned + fee + (BOND * 9n) / 10n);
    expect(readProvider(chain.state, 'liar')).toMatchObject({
      status: ProviderStatus.slashed,
      bond: 0n,
      reserved: 0n,
      serves: [],
    });
    expect(readOperator(chain.state, mallory.address)).toMatchObject({ convicted: true, reputation: 0 });
    expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([
      { provider: 'liar', forfeited: BOND, rewarded: BOND / 10n, burned: (BOND * 9n) / 10n },
    ]);
  });

  it('puts the task back for others, its escrow untouched', () => {
    const chain = lied();
    waitingProvider(chain);
    const { escrow } = taskOf(chain, 't');
    chain.must(eve, challenge('t'));
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.pending,
      settlement: Settlement.open,
      attempt: 1,
      assignedTo: '',
      escrow,
      error: 'challenge_upheld',
    });
    chain.must(bob, registerProvider(bob, 'p-bob'));
    expect(answer(chain, 't')).toBe('p-bob');
    chain.mineUntil(taskOf(chain, 't').finalAtHeight);
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.completed, receiptNumber: 1, error: '' });
  });

  it('forfeits the reservation where that is more than minProviderBond, as far as the bond reaches', () => {
    const fee = BOND / 80n;
    const rich = new TestChain(FAST, people);
    const gpu = { model: 'x', memoryGb: 1, tflops: '', available: true, temperature: '', utilization: '' };
    rich.must(mallory, registerProvider(mallory, 'liar', { bond: 3n * BOND, gpus: Array(4).fill(gpu) }));
    const ids = Array.from({ length: 8 }, (_, i) => `t${i}`);
    rich.mine(ids.map((id, i) => rich.sign(alice, submitTask(id, { fee }), BigInt(i))));
    rich.mine();
    expect(readProvider(rich.state, 'liar')?.reserved).toBe(2n * BOND);
    answer(rich, 't0', wrongOutput(input));
    rich.must(eve, challenge('t0', { bond: leastChallengeBond(rich, fee) }));
    expect(readProvider(rich.state, 'liar')?.bond).toBe(BOND);
  });

  it('gives nothing to a challenger who is wrong himself, but takes nothing either', () => {
    const chain = lied();
    const before = balance(chain, eve);
    chain.must(eve, challenge('t', { output: otherWrongOutput(input) }));
    expect(balance(chain, eve)).toBe(before - lastFee(chain));
    expect(readProvider(chain.state, 'liar')?.status).toBe(ProviderStatus.slashed);
    expect(chain.last.events.filter(({ kind }) => kind === 'challenge')).toMatchObject([
      { upheld: true, claimRight: false },
    ]);
  });

  it('judges by the weights of the submission, whoever else names the same hash', () => {
    const chain = chainWith();
    const kernel = {
      checkClass: 1,
      deterministic: true,
      weights: WDBC_WEIGHTS.map((byte) => byte ^ 1),
      weightHash: ZERO_HASH,
    };
    const first = chain.build([chain.sign(alice, registerModel('mine', kernel))]).result;
    expect(first.outcomes[0]?.code).toBe('');
    // An opaque model that claims the hash of weights which nobody has registered yet, and a task of it.
    chain.must(mallory, registerModel('claims', { weightHash: hashOfWeights(kernel.weights) }));
    chain.must(frank, registerProvider(frank, 'p-frank', { models: ['claims'] }));
    disgrace(chain, frank);
    chain.must(mallory, submitTask('opaque', { model: 'claims' }));
    chain.must(alice, registerModel('mine', kernel));
    expect(readWeights(chain.state, hashOfWeights(kernel.weights))?.references).toBe(1);
    chain.must(mallory, { kind: 'cancelTask', taskId: 'opaque' });
    expect(readWeights(chain.state, hashOfWeights(kernel.weights))?.references).toBe(1);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    chain.must(alice, submitTask('t', { model: 'mine' }));
    expect(readWeights(chain.state, hashOfWeights(kernel.weights))?.references).toBe(2);
    const right = runWith(kernel.weights);
    answer(
      chain,
      't',
      right.map((byte) => byte ^ 1),
    );
    chain.must(eve, challenge('t', { output: right }));
    expect(readProvider(chain.state, 'p-bob')?.status).toBe(ProviderStatus.slashed);
  });
});

describe('a challenge of a right result', () => {
  it('loses its bond: half to the provider’s wallet, half burned, and the result stands', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p-bob', { walletAddress: dave.address }));
    chain.must(alice, submitTask('t'));
    answer(chain, 't');
    const before = {
      eve: balance(chain, eve),
      dave: balance(chain, dave),
      burned: readChain(chain.state).burned,
    };
    const bond = 10n ** 16n + 1n;
    chain.must(eve, challenge('t', { output: wrongOutput(input), bond }));
    const fee = lastFee(chain);
    expect(balance(chain, eve)).toBe(before.eve - bond - fee);
    expect(balance(chain, dave)).toBe(before.dave + bond / 2n);
    expect(readChain(chain.state).burned).toBe(before.burned + fee + bond / 2n + 1n);
    const { finalAtHeight } = taskOf(chain, 't');
    chain.mineUntil(finalAtHeight);
    expect(taskOf(chain, 't').status).toBe(TaskStatus.completed);
  });

  it('can be made again, at the same price', () => {
    const chain = chainWith([bob, 'p-bob']);
    chain.must(alice, submitTask('t'));
    answer(chain, 't');
    const before = balance(chain, eve);
    for (let i = 0; i < 2; i++) chain.must(eve, challenge('t', { output: wrongOutput(input) }));
    expect(before - balance(chain, eve)).toBeGreaterThan(2n * 10n ** 16n);
  });
});

describe('a convicted provider', () => {
  /** liar holds t (posted, to be convicted for), other (posted, right) and held (assigned). */
  function busy(): TestChain {
    const gpu = { model: '', memoryGb: 1, tflops: '', available: true, temperature: '', utilization: '' };
    const chain = new TestChain(FAST, people);
    chain.must(mallory, registerProvider(mallory, 'liar', { gpus: [gpu, gpu], bond: 2n * BOND }));
    waitingProvider(chain);
    for (const id of ['t', 'other', 'held']) chain.must(alice, submitTask(id));
    answer(chain, 't', wrongOutput(input));
    answer(chain, 'other');
    untilAssigned(chain, 'held');
    chain.must(eve, challenge('t'));
    return chain;
  }

  it('loses every other open result at its own timer, and its assignments by timeout', () => {
    const chain = busy();
    const { finalAtHeight } = taskOf(chain, 'other');
    const { timeoutHeight } = taskOf(chain, 'held');
    expect(readProvider(chain.state, 'liar')).toMatchObject({ openResults: 1, assigned: ['held'] });
    expect(chain.apply(mallory, submitResult('held', 'liar'))).toBe('provider_slashed');
    expect(chain.apply(eve, challenge('other', { output: wrongOutput(input) }))).toBe('provider_slashed');
    chain.mineUntil(Math.min(finalAtHeight, timeoutHeight) - 1);
    chain.mineUntil(Math.max(finalAtHeight, timeoutHeight));
    for (const id of ['other', 'held'])
      expect(taskOf(chain, id)).toMatchObject({ status: TaskStatus.pending, attempt: 1 });
    expect(taskOf(chain, 'other').error).toBe('provider_slashed');
    expect(taskOf(chain, 'held').error).toBe('timeout');
    expect(readProvider(chain.state, 'liar')).toMatchObject({ reserved: 0n, openResults: 0, assigned: [] });
    chain.must(bob, registerProvider(bob, 'p-bob'));
    expect(untilAssigned(chain, 'other').provider).toBe('p-bob');
  });

  it('takes what is left of its bond home once, as any provider would', () => {
    const chain = busy();
    expect(readProvider(chain.state, 'liar')?.bond).toBe(BOND);
    expect(chain.apply(mallory, { kind: 'withdrawBond', id: 'liar' })).toBe('wrong_state');
    chain.must(mallory, { kind: 'beginUnbond', id: 'liar' });
    expect(chain.apply(mallory, { kind: 'withdrawBond', id: 'liar' })).toBe('bond_reserved');
    chain.mineUntil(readProvider(chain.state, 'liar')?.withdrawableAtHeight ?? 0);
    const before = balance(chain, mallory);
    chain.must(mallory, { kind: 'withdrawBond', id: 'liar' });
    expect(balance(chain, mallory)).toBe(before + BOND - lastFee(chain));
    expect(chain.apply(mallory, { kind: 'withdrawBond', id: 'liar' })).toBe('duplicate');
    expect(readProvider(chain.state, 'liar')?.status).toBe(ProviderStatus.slashed);
  });

  it('cannot come back, nor work through another provider of its operator', () => {
    const chain = new TestChain(FAST, people);
    chain.must(mallory, registerProvider(mallory, 'liar', { models: ['wdbc-int8'] }));
    chain.must(mallory, registerProvider(mallory, 'twin', { models: ['qwen3-8b', 'wdbc-int8'] }));
    chain.must(alice, submitTask('t'));
    const accused = answer(chain, 't', wrongOutput(input));
    chain.must(eve, challenge('t'));
    const twin = accused === 'liar' ? 'twin' : 'liar';
    expect(readProvider(chain.state, twin)?.status).toBe(ProviderStatus.active);
    chain.must(alice, submitTask('next'));
    for (let i = 0; i < 5; i++) chain.mine();
    expect(taskOf(chain, 'next')).toMatchObject({ status: TaskStatus.pending, waitReason: 1 });
    expect(chain.apply(mallory, registerProvider(mallory, 'third'))).toBe('provider_slashed');
    chain.must(mallory, { kind: 'beginUnbond', id: twin });
  });

  it('loses rewards of closed epochs and of the open one', () => {
    const chain = new TestChain({ ...FAST, config: { ...FAST.config, epochDuration: '60s' } }, people);
    chain.must(mallory, registerProvider(mallory, 'liar'));
    complete(chain, 'first');
    chain.mine([], 100);
    complete(chain, 'second');
    const { minted, rewardsUnclaimed, epochReward } = readChain(chain.state);
    expect(minted > 0n && rewardsUnclaimed === minted && epochReward > 0n).toBe(true);
    chain.must(alice, submitTask('t'));
    answer(chain, 't', wrongOutput(input));
    chain.must(eve, challenge('t'));
    expect(readChain(chain.state)).toMatchObject({ rewardsUnclaimed: 0n, epochReward: 0n });
    expect(readProvider(chain.state, 'liar')).toMatchObject({ epochReward: 0n, rewardsClaimable: 0n });
    chain.must(mallory, { kind: 'claimRewards', provider: 'liar' });
    expect(readProvider(chain.state, 'liar')?.rewardsClaimed).toBe(0n);
  });
});

describe('accusing oneself', () => {
  it('costs nine tenths of the forfeit when the accusation is right', () => {
    const chain = lied();
    const before = balance(chain, mallory);
    chain.must(mallory, challenge('t'));
    expect(balance(chain, mallory) - before).toBeLessThan(BOND / 10n + 1n);
    expect(readProvider(chain.state, 'liar')?.bond).toBe(0n);
  });

  it('costs half of the challenge’s bond when it is wrong', () => {
    const chain = chainWith([bob, 'p-bob']);
    chain.must(alice, submitTask('t'));
    answer(chain, 't');
    const before = balance(chain, bob);
    chain.must(bob, challenge('t', { output: wrongOutput(input) }));
    expect(balance(chain, bob)).toBe(before - 10n ** 16n / 2n - lastFee(chain));
  });

  it('is open to anybody with a bond, and to nobody without', () => {
    const chain = lied();
    expect(chain.build([chain.sign(poor, challenge('t'))]).dropped.map(({ error }) => error.code)).toEqual([
      'insufficient_balance',
    ]);
    chain.must(carol, challenge('t', { bond: BOND }));
  });
});
