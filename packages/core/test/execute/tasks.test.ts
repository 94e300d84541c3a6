import { bytesToHex, serialize } from '@aivm/core/bytes';
import {
  DEFAULT_PARAMS,
  DefaultConfig,
  readAccount,
  readChain,
  readOperator,
  readProvider,
  readReceiptFrontier,
  receiptFrontierCodec,
  Settlement,
  stateKeys,
  TaskStatus,
  WAIT_REASON_NAMES,
} from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { admissionOf } from '../../src/execute/economy/admission.ts';
import { RECEIPT_COUNT_MAX } from '../../src/state/receipts-tree/subtrees.ts';
import {
  alice,
  BOND,
  bob,
  carol,
  complete,
  dave,
  eve,
  FAST,
  FEE,
  people,
  registerModel,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
} from './scenario.ts';
import { disgrace, type Person, TestChain } from './test-chain.ts';

/** Puts the log of receipts at `count`, as if so many tasks had ended before. */
function setReceiptCount(chain: TestChain, count: number): void {
  const branch = Array.from({ length: 40 }, (_, level) =>
    new Uint8Array(32).fill(Math.floor(count / 2 ** level) % 2),
  );
  const value = serialize(receiptFrontierCodec, { count, branch });
  chain.state.values.set(bytesToHex(stateKeys.receiptFrontier()), value);
}

const WINDOW = 5;
const TIMEOUT = 3;
const balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;
const _gpu = { model: 'H100', memoryGb: 80, tflops: '1', available: true, temperature: '', utilization: '' };

function chainWith(...providers: readonly (readonly [Person, string])[]): TestChain {
  const chain = new TestChain(FAST, people);
  for (const [by, id] of providers) chain.must(by, registerProvider(by, id));
  return chain;
}

describe('the log of receipts', () => {
  it.each([2 ** 31, 2 ** 32 - 1, 2 ** 32, RECEIPT_COUNT_MAX - 1])('takes receipt %d in a timer', (count) => {
    const chain = chainWith([bob, 'p-bob']);
    setReceiptCount(chain, count);
    complete(chain, 't');
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.completed, receiptNumber: count + 1 });
    expect(readReceiptFrontier(chain.state).count).toBe(count + 1);
    expect(chain.tip.header.receiptCount).toBe(count + 1);
  });

  it('leaves tasks without a receipt once it is full, and the chain goes on', () => {
    const chain = chainWith([bob, 'p-bob']);
    setReceiptCount(chain, RECEIPT_COUNT_MAX);
    complete(chain, 't');
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.completed, escrow: 0n, receiptNumber: 0 });
    expect(chain.tip.header.receiptCount).toBe(RECEIPT_COUNT_MAX);
    chain.mine();
  });
});

describe('the life of a task', () => {
  it('goes from pending to completed at heights that are known beforehand', () => {
    const chain = chainWith([bob, 'p-bob']);
    chain.must(alice, submitTask('t'));
    const submitted = chain.height;
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.pending,
      createdAtHeight: submitted,
      attempt: 0,
    });
    chain.mine();
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.assigned,
      assignedTo: 'p-bob',
      assignedAtHeight: submitted + 1,
      timeoutHeight: submitted + 1 + TIMEOUT,
      reservation: 20n * FEE,
    });
    chain.must(bob, submitResult('t', 'p-bob'));
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.processing,
      settlement: Settlement.posted,
      finalAtHeight: submitted + 2 + WINDOW,
      receiptNumber: 0,
    });
    chain.mineUntil(submitted + 1 + WINDOW);
    expect(taskOf(chain, 't').settlement).toBe(Settlement.posted);
    chain.mine();
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.completed,
      settlement: Settlement.final,
      endedAtHeight: submitted + 2 + WINDOW,
      receiptNumber: 1,
      escrow: 0n,
      reservation: 0n,
    });
    expect(readReceiptFrontier(chain.state).count).toBe(1);
    expect(chain.last.receipts).toMatchObject([
      { index: 0, receipt: { jobId: 't', providers: ['p-bob'], height: chain.height } },
    ]);
  });

  it('burns an admission beside the fee, of which a tenth is burned and nine tenths are the wallet’s', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p-bob', { walletAddress: dave.address }));
    const before = { alice: balance(chain, alice), dave: balance(chain, dave) };
    complete(chain, 't');
    const admission = 1_000_000n;
    expect(balance(chain, alice)).toBe(before.alice - FEE - admission);
    expect(balance(chain, dave)).toBe(before.dave + FEE - FEE / 10n);
    expect(taskOf(chain, 't').burned).toBe(admission + FEE / 10n);
    expect(readProvider(chain.state, 'p-bob')).toMatchObject({
      tasksCompleted: 1n,
      feesEarned: FEE - FEE / 10n,
    });
    expect(readOperator(chain.state, bob.address).reputation).toBe(5_050);
  });

  it('leaves the provider of a task at the floor its fee', () => {
    const chain = chainWith([bob, 'p-bob']);
    chain.must(alice, submitTask('t', { fee: 1_000_000n }));
    expect(taskOf(chain, 't').escrow).toBe(1_000_000n);
  });

  it('asks for more admission with a later deadline and a larger transaction', () => {
    const context = { params: DEFAULT_PARAMS, config: DefaultConfig() };
    expect(admissionOf(context, { deadlineBlocks: 1_000, work: 1, queueCount: 0 })).toBe(1_000_000n);
    expect(admissionOf(context, { deadlineBlocks: 1_001, work: 1, queueCount: 0 })).toBe(2_000_000n);
    expect(admissionOf(context, { deadlineBlocks: 1, work: 1_731, queueCount: 0 })).toBe(1_731_000n);
  });

  it.each([
    [0, 1n],
    [531, 1n],
    [532, 4n],
    [563, 16n],
    [999, 4n ** 15n],
  ])('multiplies the admission of a queue of 1,000 that holds %d tasks by %d', (queueCount, surge) => {
    const context = { params: DEFAULT_PARAMS, config: DefaultConfig() };
    expect(admissionOf(context, { deadlineBlocks: 1, work: 1, queueCount })).toBe(1_000_000n * surge);
  });

  it('gives one model half of the queue, however many senders ask', () => {
    const chain = new TestChain({ ...FAST, config: { ...FAST.config, maxTaskQueueSize: 8 } }, people);
    chain.must(alice, registerModel('nobody'));
    const frank = people[5] as Person;
    chain.must(frank, registerProvider(frank, 'p', { models: ['nobody', 'wdbc-int8'] }));
    disgrace(chain, frank);
    const ask = (by: Person, id: string, model: string): string =>
      chain.apply(by, submitTask(id, { model, fee: 10n ** 15n }));
    for (const [i, by] of [alice, bob, carol, dave].entries()) expect(ask(by, `n${i}`, 'nobody')).toBe('');
    expect(ask(eve, 'n4', 'nobody')).toBe('queue_full');
    expect(chain.last.details[0]).toContain('model "nobody" already has 4 pending tasks, the maximum');
    expect(ask(eve, 'w0', 'wdbc-int8')).toBe('');
    chain.must(alice, { kind: 'cancelTask', taskId: 'n0' });
    expect(ask(eve, 'n5', 'nobody')).toBe('');
  });

  it('may be answered in its last block, and not after it', () => {
    for (const late of [0, 1]) {
      const chain = chainWith([bob, 'p-bob']);
      chain.must(alice, submitTask('t'));
      untilAssigned(chain, 't');
      chain.mineUntil(taskOf(chain, 't').timeoutHeight - 2 + late);
      expect(chain.apply(bob, submitResult('t', 'p-bob'))).toBe(late === 0 ? '' : 'too_late');
    }
  });
});

describe('a failed attempt', () => {
  it.each([
    ['an error', 'it is too hot'],
    ['silence', 'timeout'],
  ])('by %s costs reputation, and another provider is drawn', (how, error) => {
    const chain = chainWith([bob, 'p-bob'], [carol, 'p-carol']);
    chain.must(alice, submitTask('t'));
    const { provider, operator } = untilAssigned(chain, 't');
    if (how === 'an error')
      chain.must(operator, submitResult('t', provider, { output: new Uint8Array(), error }));
    else chain.mineUntil(taskOf(chain, 't').timeoutHeight - 1);
    if (how === 'silence') chain.mine();
    expect(taskOf(chain, 't')).toMatchObject({ attempt: how === 'silence' ? 2 : 1, error });
    expect(readOperator(chain.state, operator.address).reputation).toBe(4_500);
    expect(readProvider(chain.state, provider)).toMatchObject({
      tasksFailed: 1n,
      reserved: 0n,
      assigned: [],
      bond: BOND,
    });
    expect(untilAssigned(chain, 't').provider).not.toBe(provider);
  });

  it('is the last after maxAttempts: the escrow returns', () => {
    const chain = chainWith([bob, 'p-bob'], [carol, 'p-carol'], [dave, 'p-dave'], [eve, 'p-eve']);
    chain.must(alice, submitTask('t'));
    const before = balance(chain, alice);
    const { escrow } = taskOf(chain, 't');
    const drawn = [1, 2, 3].map((i) => {
      const { provider, operator } = untilAssigned(chain, 't');
      chain.must(operator, submitResult('t', provider, { output: new Uint8Array(), error: `no ${i}` }));
      return provider;
    });
    expect(new Set(drawn).size).toBe(3);
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.failed,
      settlement: Settlement.void,
      error: 'no 3',
      escrow: 0n,
    });
    expect(balance(chain, alice)).toBe(before + escrow);
    expect(readChain(chain.state)).toMatchObject({
      timersPending: 0,
      queueCount: 0,
      tasksOpen: 0n,
      tasksFailed: 1n,
    });
  });

  it('past the deadline is the last as well', () => {
    const chain = chainWith([bob, 'p-bob'], [carol, 'p-carol']);
    chain.must(alice, submitTask('t', { deadlineBlocks: 3n }));
    const { deadlineHeight } = taskOf(chain, 't');
    untilAssigned(chain, 't');
    chain.mineUntil(deadlineHeight);
    expect(taskOf(chain, 't').status).toBe(TaskStatus.assigned);
    chain.mineUntil(taskOf(chain, 't').timeoutHeight);
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.failed, error: 'timeout', attempt: 1 });
    expect(readChain(chain.state).timersPending).toBe(0);
  });
});

describe('a waiting task', () => {
  it('says why, and is refunded at its deadline without anybody’s help', () => {
    const chain = chainWith([bob, 'p-bob']);
    disgrace(chain, bob);
    chain.must(alice, submitTask('t', { deadlineBlocks: 4n }));
    const before = balance(chain, alice);
    const { escrow, deadlineHeight } = taskOf(chain, 't');
    chain.mine();
    expect(WAIT_REASON_NAMES[taskOf(chain, 't').waitReason]).toBe('no_provider');
    chain.mineUntil(deadlineHeight);
    expect(taskOf(chain, 't')).toMatchObject({
      status: TaskStatus.failed,
      error: 'deadline',
      endedAtHeight: deadlineHeight,
    });
    expect(balance(chain, alice)).toBe(before + escrow);
    expect(readChain(chain.state)).toMatchObject({
      timersPending: 0,
      queueCount: 0,
      queueHead: '',
      queueTail: '',
    });
  });

  it('returns its escrow and not its admission when it is cancelled', () => {
    const chain = chainWith([bob, 'p-bob']);
    disgrace(chain, bob);
    const before = balance(chain, alice);
    chain.must(alice, submitTask('t'));
    chain.must(alice, { kind: 'cancelTask', taskId: 't' });
    const fee = chain.last.outcomes[0]?.burned ?? 0n;
    expect(balance(chain, alice)).toBe(before - 1_000_000n - fee);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksFailed: 1n });
  });

  it('keeps its turn: the queue’s cursor comes to each, however many leave around it', () => {
    const chain = new TestChain({ ...FAST, params: { ...FAST.params, assignmentTriesPerBlock: 1 } }, people);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    disgrace(chain, bob);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const submit = (id: string, i: number): Transaction => chain.sign(alice, submitTask(id), BigInt(i));
    chain.mine(ids.map(submit));
    // One visit a block: the cursor stands on b, then b, c leave under it.
    chain.mine();
    expect(readChain(chain.state).queueCursor).toBe('b');
    chain.mine(['b', 'c'].map((taskId, i) => chain.sign(alice, { kind: 'cancelTask', taskId }, BigInt(i))));
    expect(readChain(chain.state).queueCursor).toBe('d');
    const visited = [0, 1, 2].map(() => {
      const { queueCursor } = readChain(chain.state);
      chain.mine();
      return queueCursor;
    });
    expect(visited).toEqual(['d', 'e', 'a']);
    chain.must(alice, { kind: 'cancelTask', taskId: 'd' });
    for (const taskId of ['a', 'e']) chain.must(alice, { kind: 'cancelTask', taskId });
    expect(readChain(chain.state)).toMatchObject({
      queueHead: '',
      queueTail: '',
      queueCursor: '',
      queueCount: 0,
    });
  });
});
