import { createGenesis, parseGenesis } from '@aivm/core/execute';
import { readAccount, readPanel, readProvider, readTask, Settlement } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { ANSWER_FACTS, CLAIM_FACTS } from '../named-facts.ts';
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
  watcher,
} from '../panel-scenario.ts';
import type { TestChain } from '../test-chain.ts';

const FLOOR = 1_000_000n;
const STAKE = 10n ** 16n;
const ANSWER = Uint8Array.of(1);
const OTHER = Uint8Array.of(2);
const balance = (chain: TestChain, address: Uint8Array): bigint => readAccount(chain.state, address).balance;

/** A panel of three for `fee`, its seats drawn; what the requester paid in for it. */
function panelFor(fee: bigint): { chain: TestChain; ids: string[]; paid: bigint } {
  const chain = open(3, ['adder']);
  const before = balance(chain, user.address);
  chain.must(user, submit({ model: 'adder', n: 3, fee }));
  const paid = before - balance(chain, user.address);
  return { chain, ids: draw(chain, 3), paid };
}

/** A posted result of the opaque model at the floor, challenged: whose committee is drawn. */
function disputed(): { chain: TestChain; provider: string; members: string[]; before: bigint } {
  const chain = open(7, ['adder']);
  chain.must(user, submit({ model: 'adder', mode: 0, fee: FLOOR }));
  chain.mine();
  const [provider] = seated(chain) as [string];
  chain.must(operatorOf(provider), {
    kind: 'submitResult',
    taskId: 't',
    provider,
    ...ANSWER_FACTS,
    output: ANSWER,
    error: '',
    computeTimeMs: 1n,
    proof: NO_HASH,
    sessionSignature: new Uint8Array(),
  });
  const rich = balance(chain, watcher.address);
  chain.must(watcher, {
    kind: 'challenge',
    taskId: 't',
    ...CLAIM_FACTS,
    output: OTHER,
    bond: STAKE,
    rootCommitment: NO_HASH,
  });
  const before = balance(chain, watcher.address);
  expect(rich - before).toBe(STAKE + 5n * SEAT_FEE + (chain.last.outcomes[0]?.burned ?? 0n));
  return { chain, provider, members: draw(chain, readPanel(chain.state, 't')?.n ?? 0), before };
}

describe('a part', () => {
  it('of a seat is seatFee where the fee is less, beside one admission for the task', () => {
    const { chain, paid } = panelFor(FLOOR);
    expect(paid).toBe(3n * SEAT_FEE + (readTask(chain.state, 't')?.burned ?? 0n));
    expect(readTask(chain.state, 't')?.escrow).toBe(3n * SEAT_FEE);
  });

  it('of a seat is the fee where that is more', () => {
    const { chain } = panelFor(7n * SEAT_FEE);
    expect(readTask(chain.state, 't')?.escrow).toBe(21n * SEAT_FEE);
  });

  it('is what a seat earns, loses by absence, and ten times by withholding', () => {
    const { chain, ids } = panelFor(FLOOR);
    const [first, second, absent] = ids as [string, string, string];
    chain.mine([first, second].map((id) => commit(chain, id, ANSWER)));
    while (readTask(chain.state, 't')?.settlement === Settlement.committing) chain.mine();
    chain.mine([reveal(chain, first, ANSWER)]);
    while (readPanel(chain.state, 't') !== undefined) chain.mine();
    expect(readProvider(chain.state, second)?.bond).toBe(BOND - 10n * SEAT_FEE);
    expect(readProvider(chain.state, absent)?.bond).toBe(BOND - SEAT_FEE);
  });

  it('of a seat that agrees is paid less feeBurn, and the parts of absent seats return', () => {
    const { chain, ids } = panelFor(FLOOR);
    const before = balance(chain, user.address);
    const pair = ids.slice(0, 2);
    chain.mine(pair.map((id) => commit(chain, id, ANSWER)));
    while (readTask(chain.state, 't')?.settlement === Settlement.committing) chain.mine();
    chain.mine(pair.map((id) => reveal(chain, id, ANSWER)));
    while (readPanel(chain.state, 't') !== undefined) chain.mine();
    for (const id of pair) expect(readProvider(chain.state, id)?.feesEarned).toBe((SEAT_FEE * 9n) / 10n);
    expect(balance(chain, user.address) - before).toBe(SEAT_FEE);
  });
});

describe('a result that a committee may judge', () => {
  it('reserves its penalty and the committee, so that a lost one leaves no bill to its challenger', () => {
    const { chain, provider, members, before } = disputed();
    // At the floor 20 fees are 2·10^7, and the committee alone costs 5·10^8.
    expect(readProvider(chain.state, provider)?.reserved).toBe(10n * FLOOR + 5n * SEAT_FEE);
    chain.mine(members.map((id) => commit(chain, id, OTHER)));
    chain.mine(members.map((id) => reveal(chain, id, OTHER)));
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.void);
    expect(readProvider(chain.state, provider)).toMatchObject({
      bond: BOND - 10n * FLOOR - 5n * SEAT_FEE,
      reserved: 0n,
    });
    expect(balance(chain, watcher.address)).toBe(before + STAKE + 5n * SEAT_FEE);
    for (const id of members) expect(readProvider(chain.state, id)?.feesEarned).toBe((SEAT_FEE * 9n) / 10n);
  });

  it('that nobody votes on costs its challenger a part at least', () => {
    const { chain, before } = disputed();
    while (readTask(chain.state, 't')?.settlement === Settlement.disputed) chain.mine();
    expect(readTask(chain.state, 't')?.error).toBe('undecided');
    expect(balance(chain, watcher.address)).toBe(before + STAKE + 4n * SEAT_FEE);
  });
});

describe('the largest fee', () => {
  it.each([
    [3, 80n],
    [8, 100n],
  ])('is a part of the least bond that covers it four times, with M = %d a %dth', (M, part) => {
    const chain = open(1, [], { config: { redundancyFactor: M } });
    const fee = BOND / part;
    expect(chain.apply(user, submit({ mode: 0, fee }))).toBe('');
    expect(chain.apply(user, submit({ id: 'u', mode: 0, fee: fee + 1n }))).toBe('fee_too_high');
    expect(chain.last.details[0]).toContain(`covers fees up to ${fee}`);
  });

  it('is at least the floor and the least part of a seat, or the chain does not begin', () => {
    const begin = (minProviderBond: bigint, params: Record<string, unknown> = {}) =>
      createGenesis(
        parseGenesis({
          version: 1,
          message: 'm',
          timestamp: 1,
          chainId: 7,
          config: { minProviderBond },
          params,
        }),
      );
    begin(80n * SEAT_FEE);
    expect(() => begin(80n * SEAT_FEE - 1n)).toThrow(/params\.seatFee: 100000000; .* fees up to 99999999/);
    begin(80n * FLOOR, { seatFee: FLOOR });
    expect(() => begin(80n * FLOOR - 1n, { seatFee: 0 })).toThrow(/params\.feeFloor: 1000000; /);
    expect(() => begin(BOND, { liabilityMultiple: 0 })).toThrow(/params\.liabilityMultiple/);
  });
});
