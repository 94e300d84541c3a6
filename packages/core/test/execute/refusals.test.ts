import { readdirSync, readFileSync } from 'node:fs';
import { bytesToHex } from '@aivm/core/bytes';
import { isErrorCode } from '@aivm/core/errors';
import { buildBlock, type ExecutionResult } from '@aivm/core/execute';
import { readAccount, readChain, Settlement, stateKeys } from '@aivm/core/state';
import { type Transaction, transactionWork } from '@aivm/core/tx';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTransactions } from './check-transactions.ts';
import { kernelModel, type Row, rows } from './refusal-table.ts';
import { createRefusalWorld } from './refusal-world.ts';
import {
  alice,
  bob,
  carol,
  dave,
  frank,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
} from './scenario.ts';
import { disgrace, TestChain } from './test-chain.ts';

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
  expect(() => checkTransactions(chain.parent, [tx])).toThrow(`${code}: `);
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

  /** A model may hold half of the queue, and a full queue is dear. */
  const QUEUE_MODELS = ['opaque-lonely', 'wdbc-int8', 'zen-mini-0.5b'];
  const DEAR = 10n ** 17n;
  const queued = (i: number) => ({ model: QUEUE_MODELS[i] as string, maxAdmission: DEAR });

  it('half of the queue is one account’s at most: queue_full', () => {
    const tasks = [0, 1, 2, 3].map((i) => world.sign(alice, submitTask(`q-${i}`, queued(i % 3)), BigInt(i)));
    const result = build(world, tasks);
    const pending = readAccount(world.state, alice.address).pendingTasks;
    const expected = [0, 1, 2, 3].map((i) => (pending + i < 3 ? '' : 'queue_full'));
    expect(result.outcomes.map(({ code }) => code)).toEqual(expected);
    expect(expected).toContain('queue_full');
  });

  it('a full queue takes nobody’s task: queue_full', () => {
    const candidates = [alice, carol, frank].flatMap((by) =>
      [0, 1, 2].map((i) => world.sign(by, submitTask(`q-${by.address[0]}-${i}`, queued(i)), BigInt(i))),
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
        params: { development: true, timerSlots: 1, unbondBlocks: 500 },
      },
      [alice, bob, carol],
    );
  /** Tasks whose deadlines take the 64 heights from 50 blocks after this one. */
  const fill = (chain: TestChain): void => {
    chain.must(carol, registerProvider(carol, 'spare'));
    disgrace(chain, carol);
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

  it('a result is never refused for want of a timer: its window was reserved with the assignment', () => {
    const chain = world();
    fill(chain);
    const filledAt = chain.height;
    chain.must(bob, registerProvider(bob, 'p-bob'));
    const { provider } = untilAssigned(chain, 't-0');
    chain.mineUntil(filledAt + 50 - WINDOW - 1);
    expect(chain.apply(bob, submitResult('t-0', provider))).toBe('');
    const { settlement, finalAtHeight, timeoutHeight } = taskOf(chain, 't-0');
    expect(settlement).toBe(Settlement.posted);
    expect(finalAtHeight).toBeGreaterThanOrEqual(chain.height + WINDOW);
    expect(timeoutHeight).toBeGreaterThan(chain.height);
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
  const elsewhere = ['already_drawn', 'queue_full', 'table_full', 'timers_full', 'too_early', 'not_servable'];

  it('has a row for every code that an operation can answer', () => {
    expect(named.length).toBeGreaterThan(60);
    const covered = new Set<string>([...rows.map(([, code]) => code), ...elsewhere, ...unreachable]);
    expect([...new Set(named)].filter((code) => !covered.has(code))).toEqual([]);
  });
});
