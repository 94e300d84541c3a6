import {
  listProviders,
  type ProviderRecord as Provider,
  readAccount,
  readOperator,
  readProvider,
  TaskStatus,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { assignmentsMax } from '../../../src/execute/assignment/candidates.ts';
import {
  alice,
  BOND,
  bob,
  carol,
  dave,
  FAST,
  frank,
  inputOf,
  people,
  registerModel,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
} from '../scenario.ts';
import { disgrace, type Person, TestChain } from '../test-chain.ts';

const _WINDOW = 5;
const _TIMEOUT = 3;
const _balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;
const gpu = { model: 'H100', memoryGb: 80, tflops: '1', available: true, temperature: '', utilization: '' };

function chainWith(...providers: readonly (readonly [Person, string])[]): TestChain {
  const chain = new TestChain(FAST, people);
  for (const [by, id] of providers) chain.must(by, registerProvider(by, id));
  return chain;
}

describe('who is drawn', () => {
  const submit = (chain: TestChain, by: Person, count: number, more = {}): void => {
    for (let i = 0; i < count; i++)
      chain.must(by, submitTask(`t-${chain.height}-${i}`, { input: inputOf(i), ...more }));
    chain.mine();
  };
  const held = (chain: TestChain): Record<string, number> =>
    Object.fromEntries(listProviders(chain.state).map(({ id, assigned }) => [id, assigned.length]));

  it('holds two tasks a GPU and one without, at most maxTasksPerProvider', () => {
    const slow = {
      ...FAST,
      config: { ...FAST.config, taskTimeout: '150s', challengeWindowBlocks: 50 },
      params: { development: true, unbondBlocks: 51 },
    };
    const chain = new TestChain(slow, people);
    chain.must(bob, registerProvider(bob, 'none'));
    chain.must(carol, registerProvider(carol, 'two', { gpus: [gpu, gpu] }));
    chain.must(dave, registerProvider(dave, 'many', { gpus: Array(8).fill(gpu) }));
    submit(chain, alice, 20);
    expect(held(chain)).toEqual({ none: 1, two: 4, many: 10 });
    const many = readProvider(chain.state, 'many') as Provider;
    expect(assignmentsMax({ config: { maxTasksPerProvider: 10 } } as never, many)).toBe(10);
  });

  it('has enough free bond for the liability', () => {
    const config = { ...FAST.config, taskTimeout: '150s', challengeWindowBlocks: 50 };
    const chain = new TestChain({ config, params: FAST.params }, people);
    chain.must(bob, registerProvider(bob, 'p-bob', { gpus: [gpu, gpu, gpu] }));
    const ids = ['a', 'b', 'c', 'd', 'e'];
    // The largest fee there is: four of them reserve the least bond.
    const fee = BOND / 80n;
    chain.mine(ids.map((id, i) => chain.sign(alice, submitTask(id, { fee }), BigInt(i))));
    chain.mine();
    const waiting = ids.filter((id) => taskOf(chain, id).status === TaskStatus.pending);
    expect(waiting).toHaveLength(1);
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({ bond: BOND, reserved: BOND });
    chain.must(bob, { kind: 'addBond', id: 'p-bob', amount: BOND / 4n - 1n });
    chain.mine();
    expect(taskOf(chain, waiting[0] as string).status).toBe(TaskStatus.pending);
    chain.must(bob, { kind: 'addBond', id: 'p-bob', amount: 1n });
    expect(untilAssigned(chain, waiting[0] as string).provider).toBe('p-bob');
    expect(readProvider(chain.state, 'p-bob')?.reserved).toBe((5n * BOND) / 4n);
  });

  it('is nobody whom the requester operates', () => {
    const chain = chainWith([alice, 'own'], [alice, 'own-too'], [dave, 'p-dave']);
    disgrace(chain, dave);
    chain.must(alice, submitTask('t'));
    for (let i = 0; i < 3; i++) chain.mine();
    expect(taskOf(chain, 't').status).toBe(TaskStatus.pending);
    chain.must(bob, registerProvider(bob, 'p-bob', { walletAddress: alice.address }));
    expect(untilAssigned(chain, 't').provider).toBe('p-bob');
  });

  it('serves the model: all serve genesis and int8 models, opaque ones are named', () => {
    const chain = chainWith([bob, 'all']);
    chain.must(alice, registerModel('mine'));
    chain.must(carol, registerProvider(carol, 'named', { models: ['mine'] }));
    for (const model of ['qwen3-8b', 'mine', 'wdbc-int8']) chain.must(alice, submitTask(model, { model }));
    expect(untilAssigned(chain, 'mine').provider).toBe('named');
    expect(untilAssigned(chain, 'qwen3-8b').provider).toBe('all');
  });

  it('is active, and not below minReputation', () => {
    const chain = chainWith([bob, 'p-bob']);
    // Nine failures: 5,000 − 9 × 500 = 500, which is below 1,000; an epoch gives 100 back.
    for (let i = 0; i < 9; i++) {
      chain.must(alice, submitTask(`t-${i}`));
      const waits = taskOf(chain, `t-${i}`).status;
      chain.mine();
      if (taskOf(chain, `t-${i}`).status === TaskStatus.pending) break;
      expect(waits).toBe(TaskStatus.pending);
      chain.must(bob, submitResult(`t-${i}`, 'p-bob', { output: new Uint8Array(), error: 'no' }));
    }
    const { reputation } = readOperator(chain.state, bob.address);
    expect(reputation).toBe(500);
    chain.must(alice, submitTask('last'));
    chain.mine();
    expect(taskOf(chain, 'last').status).toBe(TaskStatus.pending);
    // Recovery counts epochs, which close one at a time.
    for (let i = 0; i < 5; i++) chain.mine([], 3_600);
    // Nobody was there before, so the next visit is some blocks away.
    for (let i = 0; i < 16; i++) if (taskOf(chain, 'last').status === TaskStatus.pending) chain.mine();
    expect(taskOf(chain, 'last').status).toBe(TaskStatus.assigned);
  });

  it('differs between tasks and blocks, and is fair enough', () => {
    const chain = new TestChain(FAST, people);
    const operators = [bob, carol, dave, frank];
    for (const [i, by] of operators.entries())
      chain.must(by, registerProvider(by, `p-${i}`, { gpus: Array(5).fill(gpu) }));
    submit(chain, alice, 1);
    const transactions = Array.from({ length: 24 }, (_, i) =>
      chain.sign(alice, submitTask(`x-${i}`), BigInt(i)),
    );
    chain.mine(transactions);
    chain.mine();
    const counts = Object.values(held(chain));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(24);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('is at most maxAssignmentsPerBlock in a block', () => {
    const chain = new TestChain({ ...FAST, params: { ...FAST.params, maxAssignmentsPerBlock: 2 } }, people);
    chain.must(bob, registerProvider(bob, 'p', { gpus: Array(5).fill(gpu) }));
    chain.mine(Array.from({ length: 5 }, (_, i) => chain.sign(alice, submitTask(`x-${i}`), BigInt(i))));
    const sizes = [1, 2, 3].map(() => {
      chain.mine();
      return chain.last.events.filter((event) => event.kind === 'task' && event.reason === 'assigned').length;
    });
    expect(sizes).toEqual([2, 2, 1]);
  });
});
