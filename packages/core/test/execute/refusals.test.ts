import { readdirSync, readFileSync } from 'node:fs';
import {
  buildBlock,
  bytesToHex,
  checkTransactions,
  type ErrorCode,
  type ExecutionResult,
  isErrorCode,
  type Operation,
  readAccount,
  readChain,
  stateKeys,
  TaskStatus,
  type Transaction,
  transactionWork,
} from '@aivm/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRefusalWorld } from './refusal-world.ts';
import {
  alice,
  BOND,
  bob,
  carol,
  challenge,
  dave,
  eve,
  frank,
  inputOf,
  mallory,
  poor,
  registerModel,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  WDBC_WEIGHTS,
  wrongOutput,
  ZERO_HASH,
} from './scenario.ts';
import { type Person, TestChain } from './test-chain.ts';

type Row = readonly [why: string, code: ErrorCode, by: Person, operation: Operation];

const NO_BYTES = new Uint8Array();
const ONE_HASH = new Uint8Array(32).fill(1);
const update = (id: string, wallet = bob.address): Operation => ({
  kind: 'updateProvider',
  id,
  walletAddress: wallet,
  endpoint: '',
  gpus: [],
});
const kernelModel = (more: Parameters<typeof registerModel>[1]): Operation =>
  registerModel('k', {
    checkClass: 1,
    deterministic: true,
    weights: WDBC_WEIGHTS,
    weightHash: ZERO_HASH,
    ...more,
  });

const newWeights = (id: string): Operation => ({
  kind: 'updateModelWeights',
  id,
  weights: NO_BYTES,
  weightHash: ONE_HASH,
});
const commitResult = (taskId: string, provider: string): Operation => ({
  kind: 'commitResult',
  taskId,
  provider,
  commitment: ONE_HASH,
});

const rows: readonly Row[] = [
  [
    'more than the balance',
    'insufficient_balance',
    poor,
    { kind: 'transfer', to: bob.address, amount: BOND },
  ],

  ['a provider id with a space', 'malformed', carol, registerProvider(carol, 'p carol')],
  ['an empty provider id', 'malformed', carol, registerProvider(carol, '')],
  [
    'the zero wallet',
    'malformed',
    carol,
    registerProvider(carol, 'p', { walletAddress: new Uint8Array(20) }),
  ],
  ['a taken provider id', 'id_taken', carol, registerProvider(carol, 'p-bob')],
  ['the id of a convicted provider', 'id_taken', carol, registerProvider(carol, 'p-mallory')],
  ['a convicted operator', 'provider_slashed', mallory, registerProvider(mallory, 'p-again')],
  ['one provider too many', 'provider_limit', bob, registerProvider(bob, 'p-second')],
  ['too small a bond', 'insufficient_bond', carol, registerProvider(carol, 'p', { bond: BOND - 1n })],
  ['a bond that it has not', 'insufficient_balance', poor, registerProvider(poor, 'p')],
  ['a model twice', 'malformed', carol, registerProvider(carol, 'p', { models: ['qwen3-8b', 'qwen3-8b'] })],
  ['a model that is not there', 'unknown_model', carol, registerProvider(carol, 'p', { models: ['nope'] })],
  [
    'the list of those that serve all',
    'unknown_model',
    carol,
    registerProvider(carol, 'p', { models: [''] }),
  ],

  ['an update of nobody', 'provider_not_found', bob, update('p-nobody')],
  ["an update of another's provider", 'forbidden', carol, update('p-bob')],
  ['an update of one that leaves', 'wrong_state', frank, update('p-frank')],
  ['an update of a convicted one', 'provider_slashed', mallory, update('p-mallory')],
  ['an update to the zero wallet', 'malformed', bob, update('p-bob', new Uint8Array(20))],

  ['a heartbeat of nobody', 'provider_not_found', bob, { kind: 'heartbeat', id: 'p-nobody' }],
  ["another's heartbeat", 'forbidden', carol, { kind: 'heartbeat', id: 'p-bob' }],
  ['a heartbeat of one that leaves', 'wrong_state', frank, { kind: 'heartbeat', id: 'p-frank' }],
  ['a heartbeat of a convicted one', 'provider_slashed', mallory, { kind: 'heartbeat', id: 'p-mallory' }],

  ["more bond on another's provider", 'forbidden', carol, { kind: 'addBond', id: 'p-bob', amount: 1n }],
  [
    'more bond than the balance',
    'insufficient_balance',
    dave,
    { kind: 'addBond', id: 'p-dave', amount: BOND },
  ],
  ['more bond on one that leaves', 'wrong_state', frank, { kind: 'addBond', id: 'p-frank', amount: 1n }],

  ["to unbond another's provider", 'forbidden', carol, { kind: 'beginUnbond', id: 'p-bob' }],
  ['to unbond twice', 'duplicate', frank, { kind: 'beginUnbond', id: 'p-frank' }],
  ['to withdraw before unbonding', 'wrong_state', bob, { kind: 'withdrawBond', id: 'p-bob' }],
  ['to withdraw too early', 'bond_reserved', frank, { kind: 'withdrawBond', id: 'p-frank' }],
  ['to withdraw what was forfeited', 'duplicate', mallory, { kind: 'withdrawBond', id: 'p-mallory' }],

  ['a model id with a slash', 'malformed', carol, registerModel('a/b')],
  ['a taken model id', 'id_taken', carol, registerModel('qwen3-8b')],
  ['an opaque model with weights', 'malformed', carol, registerModel('m', { weights: Uint8Array.of(1) })],
  [
    'an opaque model without a weight hash',
    'malformed',
    carol,
    registerModel('m', { weightHash: ZERO_HASH }),
  ],
  ['an unknown check class', 'not_supported', carol, registerModel('m', { checkClass: 2 })],
  ['an int8 model of 597 bytes', 'malformed', carol, kernelModel({ weights: WDBC_WEIGHTS.slice(1) })],
  ['an int8 model with a header', 'malformed', carol, kernelModel({ header: Uint8Array.of(1) })],
  ['an int8 model with a weight hash', 'malformed', carol, kernelModel({ weightHash: ONE_HASH })],
  ['an int8 model that is not deterministic', 'malformed', carol, kernelModel({ deterministic: false })],
  ['a model without its deposit', 'insufficient_balance', poor, registerModel('m')],

  ['a fee below the floor', 'fee_too_low', alice, submitTask('t', { fee: 999_999n })],
  [
    'a fee below the admission of its deadline',
    'fee_too_low',
    alice,
    submitTask('t', { fee: 1_000_000n, deadlineBlocks: 2_000n }),
  ],
  [
    'a fee below the admission of its size',
    'fee_too_low',
    alice,
    submitTask('t', {
      model: 'opaque-plain',
      fee: 1_000_000n,
      input: new Uint8Array(1_000),
      deadlineBlocks: 2_000n,
    }),
  ],
  ['a task id with a slash', 'malformed', alice, submitTask('a/b')],
  ['a taken task id', 'id_taken', alice, submitTask('done')],
  ['an unknown kind of work', 'invalid_task', alice, submitTask('t', { taskType: 'dreaming' })],
  ['an unknown model', 'unknown_model', alice, submitTask('t', { model: 'nope' })],
  [
    'an input above maxInputBytes',
    'too_large',
    alice,
    submitTask('t', { model: 'opaque-plain', input: new Uint8Array(1_001) }),
  ],
  ['an input of 31 int8', 'invalid_input', alice, submitTask('t', { input: new Uint8Array(31) })],
  ["a mode that is the chain's to choose", 'not_supported', alice, submitTask('t', { mode: 2 })],
  ['a mode that nobody knows', 'not_supported', alice, submitTask('t', { mode: 3 })],
  ['an m without redundancy', 'malformed', alice, submitTask('t', { m: 3 })],
  ['an n without redundancy', 'malformed', alice, submitTask('t', { n: 5 })],
  ['half of the seats', 'out_of_range', alice, submitTask('t', { mode: 1, m: 2, n: 4 })],
  ['more than the seats', 'out_of_range', alice, submitTask('t', { mode: 1, m: 4, n: 3 })],
  ['sixteen seats', 'out_of_range', alice, submitTask('t', { mode: 1, m: 16, n: 16 })],
  [
    'redundancy of what cannot be compared',
    'not_verifiable',
    alice,
    submitTask('t', { mode: 1, model: 'qwen3-8b', input: new Uint8Array(2) }),
  ],

  ['weights of nothing', 'not_found', alice, newWeights('nope')],
  ["another's weights", 'forbidden', alice, newWeights('wdbc-int8')],
  [
    'the licence of nothing',
    'not_found',
    alice,
    { kind: 'updateModelLicense', id: 'nope', licenseRoot: ONE_HASH },
  ],
  ["another's model", 'forbidden', alice, { kind: 'transferModel', id: 'wdbc-int8', owner: alice.address }],

  ['a commitment to nothing', 'task_not_found', bob, commitResult('nope', 'p-bob')],
  ['a commitment where nobody asked', 'wrong_state', bob, commitResult('held', 'p-bob')],
  ['a commitment after the end', 'too_late', bob, commitResult('done', 'p-bob')],
  ["a commitment in another's name", 'forbidden', carol, commitResult('held', 'p-bob')],
  ['a commitment of a convicted one', 'provider_slashed', mallory, commitResult('held', 'p-mallory')],
  [
    'too late a deadline',
    'out_of_range',
    alice,
    submitTask('t', { fee: 10n ** 9n, deadlineBlocks: 10_001n }),
  ],
  ['a fee that it has not', 'insufficient_balance', poor, submitTask('t', { fee: 10n ** 15n })],

  ['to cancel nothing', 'task_not_found', alice, { kind: 'cancelTask', taskId: 'nope' }],
  ["to cancel another's task", 'forbidden', alice, { kind: 'cancelTask', taskId: 'lonely' }],
  ['to cancel an assigned task', 'wrong_state', alice, { kind: 'cancelTask', taskId: 'held' }],
  ['to cancel a completed task', 'wrong_state', alice, { kind: 'cancelTask', taskId: 'done' }],
  ['to cancel twice', 'wrong_state', alice, { kind: 'cancelTask', taskId: 'cancelled' }],

  ['a result of nothing', 'task_not_found', bob, submitResult('nope', 'p-bob')],
  ['a result by nobody', 'provider_not_found', bob, submitResult('held', 'p-nobody')],
  ["a result in another's name", 'forbidden', carol, submitResult('held', 'p-bob')],
  ['a result of a task it was not drawn for', 'forbidden', dave, submitResult('held', 'p-dave')],
  ['a result of a task that was taken away', 'too_late', dave, submitResult('retried', 'p-dave')],
  ['a second result', 'duplicate', bob, submitResult('posted', 'p-bob')],
  ['a result of a completed task', 'duplicate', bob, submitResult('done', 'p-bob')],
  ['a result of a convicted provider', 'provider_slashed', mallory, submitResult('held', 'p-mallory')],
  [
    'an output above maxOutputBytes',
    'too_large',
    bob,
    submitResult('held', 'p-bob', { output: new Uint8Array(1_001) }),
  ],
  [
    'an output of two int8',
    'invalid_input',
    bob,
    submitResult('held', 'p-bob', { output: new Uint8Array(2) }),
  ],
  ['an output of nothing', 'invalid_input', bob, submitResult('held', 'p-bob', { output: NO_BYTES })],
  ['an output and an error', 'malformed', bob, submitResult('held', 'p-bob', { error: 'no' })],
  ['a trace', 'malformed', bob, submitResult('held', 'p-bob', { traceRoot: ONE_HASH })],

  ['a challenge of nothing', 'task_not_found', eve, challenge('nope')],
  ['a challenge before a result', 'wrong_state', eve, challenge('held')],
  ['a challenge after the window', 'too_late', eve, challenge('done')],
  ['a challenge of a cancelled task', 'too_late', eve, challenge('cancelled')],
  ['a challenge that nobody can judge', 'not_verifiable', eve, challenge('plain')],
  ['a challenge where too few could judge', 'not_verifiable', eve, challenge('agreed')],
  [
    'a challenge without bond',
    'insufficient_bond',
    eve,
    challenge('posted', { output: wrongOutput(inputOf(1)), bond: 0n }),
  ],
  [
    'a challenge with too much bond',
    'out_of_range',
    eve,
    challenge('posted', { output: wrongOutput(inputOf(1)), bond: BOND + 1n }),
  ],
  [
    'a challenge with a bond that it has not',
    'insufficient_balance',
    poor,
    challenge('posted', { output: wrongOutput(inputOf(1)) }),
  ],
  ['a challenge with a trace', 'malformed', eve, challenge('posted', { traceRoot: ONE_HASH })],
  ['a claim of two int8', 'invalid_input', eve, challenge('posted', { output: new Uint8Array(2) })],
  [
    'a claim equal to the result',
    'invalid_input',
    eve,
    challenge('posted', { output: rightOutput(inputOf(1)) }),
  ],

  ['rewards of nobody', 'provider_not_found', bob, { kind: 'claimRewards', provider: 'p-nobody' }],
  ["another's rewards", 'forbidden', carol, { kind: 'claimRewards', provider: 'p-bob' }],
];

const build = (chain: TestChain, candidates: readonly Transaction[]) =>
  buildBlock({ parent: chain.parent, timestamp: chain.tip.header.timestamp, candidates }).result;

/** Keys to which the two results give different values. */
function differences(left: ExecutionResult, right: ExecutionResult): string[] {
  return [...new Set([...left.writes.keys(), ...right.writes.keys()])].filter(
    (key) =>
      left.writes.has(key) !== right.writes.has(key) ||
      left.writes.get(key)?.join() !== right.writes.get(key)?.join(),
  );
}

function expectRefusal(chain: TestChain, empty: ExecutionResult, [, code, by, operation]: Row): void {
  const tx = chain.sign(by, operation);
  const refused = build(chain, [tx]);
  const fee = BigInt(transactionWork(tx)) * 1_000n;
  expect(refused.outcomes).toMatchObject([{ code, burned: fee, nonce: tx.nonce }]);
  expect(refused.details[0]).not.toBe('');
  expect(new Set(differences(empty, refused))).toEqual(
    new Set([bytesToHex(stateKeys.account(by.address)), bytesToHex(stateKeys.chain())]),
  );
  const after = (result: ExecutionResult) => ({
    get: (key: Uint8Array) => result.writes.get(bytesToHex(key)) ?? chain.state.get(key),
  });
  const account = readAccount(after(empty), by.address);
  expect(readAccount(after(refused), by.address)).toEqual({
    ...account,
    balance: account.balance - fee,
    nonce: account.nonce + 1n,
  });
  const untouched = readChain(after(empty));
  expect(readChain(after(refused))).toEqual({ ...untouched, burned: untouched.burned + fee });
  expect(refused.events).toEqual(empty.events);
  expect(refused.receipts).toEqual(empty.receipts);
  expect(() => checkTransactions({ parent: chain.parent, transactions: [tx] })).toThrow(`${code}: `);
}

describe('a refused operation costs its fee and its nonce, and changes nothing else', () => {
  let world: TestChain;
  let empty: ExecutionResult;
  beforeAll(() => {
    world = createRefusalWorld();
    empty = build(world, []);
  });

  it.each(rows)('%s: %s', (...row) => expectRefusal(world, empty, row));

  it('a heartbeat twice in a period: duplicate', () => {
    const once = world.sign(dave, { kind: 'heartbeat', id: 'p-dave' });
    const twice = world.sign(dave, { kind: 'heartbeat', id: 'p-dave' }, 1n);
    const result = build(world, [once, twice]);
    expect(result.outcomes.map(({ code }) => code)).toEqual(['', 'duplicate']);
  });

  it('an int8 model with the root of another: id_taken', () => {
    const first = world.sign(carol, kernelModel({ id: 'k1' }));
    const second = world.sign(carol, kernelModel({ id: 'k2' }), 1n);
    const result = build(world, [first, second]);
    expect(result.outcomes.map(({ code }) => code)).toEqual(['', 'id_taken']);
    expect(result.details[1]).toContain('root');
  });

  it('half of the queue is one account’s at most: queue_full', () => {
    const tasks = [0, 1, 2, 3].map((i) =>
      world.sign(alice, submitTask(`q-${i}`, { model: 'opaque-lonely' }), BigInt(i)),
    );
    const result = build(world, tasks);
    const pending = readAccount(world.state, alice.address).pendingTasks;
    const expected = [0, 1, 2, 3].map((i) => (pending + i < 3 ? '' : 'queue_full'));
    expect(result.outcomes.map(({ code }) => code)).toEqual(expected);
    expect(expected).toContain('queue_full');
  });

  it('a full queue takes nobody’s task: queue_full', () => {
    const candidates = [alice, carol, eve].flatMap((by) =>
      [0, 1, 2].map((i) =>
        world.sign(by, submitTask(`q-${by.address[0]}-${i}`, { model: 'opaque-lonely' }), BigInt(i)),
      ),
    );
    const result = build(world, candidates);
    const taken = result.outcomes.filter(({ code }) => code === '').length;
    expect(readChain(world.state).queueCount + taken).toBe(6);
    expect(new Set(result.outcomes.map(({ code }) => code))).toEqual(new Set(['', 'queue_full']));
  });
});

describe('when 64 heights have no timer slot left', () => {
  const WINDOW = 46;
  const world = () =>
    new TestChain(
      {
        config: { challengeWindowBlocks: WINDOW, taskTimeout: '9s' },
        params: { timerSlots: 1, unbondBlocks: 500 },
      },
      [alice, bob],
    );
  /** Tasks whose deadlines take the 64 heights from 50 blocks after this one. */
  const fill = (chain: TestChain): void => {
    const tasks = Array.from({ length: 64 }, (_, i) =>
      chain.sign(alice, submitTask(`t-${i}`, { deadlineBlocks: 50n }), BigInt(i)),
    );
    expect(chain.mine(tasks).outcomes.map(({ code }) => code)).toEqual(tasks.map(() => ''));
  };

  it('a task is refused: timers_full; a cancelled task gives its slot back', () => {
    const chain = world();
    fill(chain);
    expect(chain.apply(alice, submitTask('x', { deadlineBlocks: 50n }))).toBe('');
    expect(chain.apply(alice, submitTask('y', { deadlineBlocks: 49n }))).toBe('timers_full');
    const { deadlineHeight } = taskOf(chain, 't-63');
    expect(chain.apply(alice, { kind: 'cancelTask', taskId: 't-63' })).toBe('');
    expect(chain.apply(alice, submitTask('y', { deadlineBlocks: 48n }))).toBe('');
    expect(taskOf(chain, 'y').deadlineHeight).toBe(deadlineHeight);
    chain.mineUntil(taskOf(chain, 'x').deadlineHeight);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  it('a result is refused: timers_full; the task stays with its provider', () => {
    const chain = world();
    fill(chain);
    const filledAt = chain.height;
    chain.must(bob, registerProvider(bob, 'p-bob'));
    const { provider } = untilAssigned(chain, 't-0');
    chain.mineUntil(filledAt + 50 - WINDOW - 1);
    expect(chain.apply(bob, submitResult('t-0', provider))).toBe('timers_full');
    expect(taskOf(chain, 't-0')).toMatchObject({ status: TaskStatus.assigned, assignedTo: 'p-bob' });
  });
});

describe('the table above', () => {
  /** Codes that operations name, by reading them. */
  const sources = new URL('../../src/execute/operations/', import.meta.url);
  const named = readdirSync(sources).flatMap((file) =>
    [...readFileSync(new URL(file, sources), 'utf8').matchAll(/'([a-z]+(?:_[a-z]+)*)'/g)]
      .map(([, word]) => word as string)
      .filter(isErrorCode),
  );
  /** No genesis of this version can ask for attestations. */
  const unreachable = ['attestation_refused'];
  const elsewhere = ['queue_full', 'timers_full'];

  it('has a row for every code that an operation can answer', () => {
    expect(named.length).toBeGreaterThan(60);
    const covered = new Set<string>([...rows.map(([, code]) => code), ...elsewhere, ...unreachable]);
    expect([...new Set(named)].filter((code) => !covered.has(code))).toEqual([]);
  });
});
