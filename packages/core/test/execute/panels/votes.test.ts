import {
  readAccount,
  readChain,
  readOperator,
  readProvider,
  readTask,
  Settlement,
  TaskStatus,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { ANSWER_FACTS } from '../named-facts.ts';
import {
  BOND,
  commit,
  draw,
  NO_HASH,
  open,
  operatorOf,
  reveal,
  SEAT_FEE,
  seated,
  submit,
  user,
} from '../panel-scenario.ts';
import type { TestChain } from '../test-chain.ts';

const FEE = 5_000_000n;
const RIGHT = Uint8Array.of(42);
const junk = (i: number): Uint8Array => Uint8Array.of(100 + i);
const balance = (chain: TestChain): bigint => readAccount(chain.state, user.address).balance;
const earned = (chain: TestChain, id: string): bigint => readProvider(chain.state, id)?.feesEarned ?? -1n;

/** A redundant task of an opaque model with all its seats drawn. */
function panel(n: number): {
  readonly chain: TestChain;
  readonly ids: readonly string[];
  readonly part: bigint;
} {
  const chain = open(15, ['adder']);
  chain.mine([chain.sign(user, submit({ model: 'adder', n }))]);
  const part = (readTask(chain.state, 't')?.escrow ?? 0n) / BigInt(n);
  return { chain, ids: draw(chain, n), part };
}

/** Seats commit and reveal; undefined: the seat stays silent. */
function play(chain: TestChain, ids: readonly string[], answers: readonly (Uint8Array | undefined)[]): void {
  const voters = ids.flatMap((id, i) => (answers[i] === undefined ? [] : [[id, answers[i]] as const]));
  chain.mine(voters.map(([id, output]) => commit(chain, id, output as Uint8Array)));
  while (readTask(chain.state, 't')?.settlement === Settlement.committing) chain.mine();
  chain.mine(voters.map(([id, output]) => reveal(chain, id, output as Uint8Array)));
  while (readTask(chain.state, 't')?.endedAtHeight === 0) chain.mine();
}

describe('the terms of a panel', () => {
  it.each([
    [3, 2],
    [5, 3],
    [15, 8],
  ])('derive the majority of %d seats: %d', (n, m) => {
    const { chain } = panel(n > 7 ? 7 : n);
    const asked = { id: 'again', model: 'adder', n };
    expect(chain.apply(user, submit(asked))).toBe('');
    expect(readTask(chain.state, 'again')).toMatchObject({ m, n });
  });

  it.each([1, 2, 4, 14, 16, 255])('refuse %d seats', (n) => {
    const chain = open(3, ['adder']);
    expect(chain.apply(user, submit({ model: 'adder', n }))).toBe('out_of_range');
    expect(chain.last.details[0]).toContain('an odd number from 3 to 15');
  });
});

describe('a panel without a majority', () => {
  it('pays half to the largest groups of at least two and burns what the others revealed', () => {
    const { chain, ids, part } = panel(5);
    const [before, { burned }] = [balance(chain), readChain(chain.state)];
    play(chain, ids, [RIGHT, RIGHT, junk(1), junk(1), junk(2)]);
    expect(readTask(chain.state, 't')).toMatchObject({
      status: TaskStatus.failed,
      error: 'no_majority',
      escrow: 0n,
    });
    const half = part / 2n;
    for (const id of ids.slice(0, 4)) expect(earned(chain, id)).toBe(half - half / 10n);
    expect(earned(chain, ids[4] as string)).toBe(0n);
    expect(readChain(chain.state).burned - burned).toBeGreaterThanOrEqual(5n * part - 4n * half);
    // The answers are public by then: nothing comes back.
    expect(balance(chain)).toBe(before);
  });

  it('refunds the parts of seats that revealed nothing', () => {
    const { chain, ids, part } = panel(5);
    const before = balance(chain);
    play(chain, ids, [RIGHT, RIGHT, junk(1), undefined, undefined]);
    expect(earned(chain, ids[0] as string)).toBeGreaterThan(0n);
    expect(earned(chain, ids[2] as string)).toBe(0n);
    expect(balance(chain) - before).toBe(2n * part);
  });

  it('pays nobody if all answers differ', () => {
    const { chain, ids } = panel(3);
    const before = balance(chain);
    play(chain, ids, [RIGHT, junk(1), junk(2)]);
    for (const id of ids) expect(earned(chain, id)).toBe(0n);
    expect(balance(chain)).toBe(before);
    for (const id of ids) expect(readProvider(chain.state, id)).toMatchObject({ bond: BOND, reserved: 0n });
  });

  it('gives a requester with a seat of its own no answers for nothing', () => {
    // Wide majorities sold a veto: with 5 of 5 one own seat voided the panel after all answers were shown.
    const { chain, ids } = panel(5);
    play(chain, ids, [RIGHT, RIGHT, RIGHT, RIGHT, junk(1)]);
    expect(readTask(chain.state, 't')).toMatchObject({ status: TaskStatus.completed });
    for (const id of ids.slice(0, 4)) expect(earned(chain, id)).toBeGreaterThan(0n);
    expect(readProvider(chain.state, ids[4] as string)?.bond).toBe(BOND - 10n * SEAT_FEE);
  });
});

describe('an error of an optimistic task', () => {
  const fail = (chain: TestChain): string => {
    while (seated(chain).length === 0) chain.mine();
    const [provider] = seated(chain) as [string];
    chain.must(operatorOf(provider), {
      kind: 'submitResult',
      taskId: 't',
      provider,
      ...ANSWER_FACTS,
      output: new Uint8Array(),
      error: 'cannot run this',
      computeTimeMs: 1n,
      proof: NO_HASH,
      sessionSignature: new Uint8Array(),
    });
    return provider;
  };
  const reputationOf = (chain: TestChain, id: string): number =>
    readOperator(chain.state, operatorOf(id).address).reputation;

  it('of a model that may fail costs no reputation; the second operator that says so ends the task', () => {
    const chain = open(5, ['adder']);
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0, fee: 100n * FEE }))]);
    const escrow = readTask(chain.state, 't')?.escrow ?? 0n;
    const before = balance(chain);
    const first = fail(chain);
    expect(readTask(chain.state, 't')).toMatchObject({ status: TaskStatus.pending, errors: 1 });
    const { burned } = readChain(chain.state);
    const second = fail(chain);
    expect(second).not.toBe(first);
    for (const id of [first, second]) expect(reputationOf(chain, id)).toBe(5_000);
    expect(readTask(chain.state, 't')).toMatchObject({
      status: TaskStatus.failed,
      settlement: Settlement.void,
      error: 'cannot run this',
      escrow: 0n,
    });
    expect(balance(chain) - before).toBe(escrow - escrow / 2n);
    expect(readChain(chain.state).burned - burned).toBe(escrow / 2n + (chain.last.outcomes[0]?.burned ?? 0n));
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  it('of a model that has an output for every input is a failure, as a timeout is', () => {
    const chain = open(3);
    chain.mine([chain.sign(user, submit({ mode: 0 }))]);
    const provider = fail(chain);
    expect(reputationOf(chain, provider)).toBe(4_500);
    expect(readTask(chain.state, 't')).toMatchObject({ status: TaskStatus.pending, errors: 0 });
  });
});
