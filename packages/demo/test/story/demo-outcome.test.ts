import { describe, expect, it } from 'vitest';
import { type DemoOutcome, judgeOutcome } from '../../src/story/demo-outcome.ts';

const rows = [
  { row: 0, input: new Uint8Array(32), label: 1, y0: 5, isTest: true },
  { row: 1, input: new Uint8Array(32), label: 0, y0: -5, isTest: false },
] as const;
const address = new Uint8Array(20);
const good: DemoOutcome = {
  rows,
  tasks: [
    { row: 0, output: 5, provider: 'honest-1', settlement: 'final', receiptIndex: 0 },
    { row: 1, output: -5, provider: 'honest-2', settlement: 'final', receiptIndex: 1 },
  ],
  convictions: [
    {
      provider: 'liar',
      taskId: 'wdbc-001',
      operator: address,
      challenger: address,
      forfeited: 10n,
      rewarded: 1n,
      burned: 9n,
    },
  ],
  liesFound: 1,
  supply: {
    balances: 1n,
    bonds: 0n,
    escrow: 0n,
    deposits: 0n,
    unclaimedRewards: 0n,
    burned: 0n,
    total: 1n,
    expected: 1n,
    balanced: true,
  },
  receipt: { index: 0, isValid: true },
  height: 1,
  elapsedMs: 1,
};

describe('judging the demo', () => {
  it('has nothing against a good outcome', () => {
    const verdict = judgeOutcome(good, 'liar');
    expect(verdict.failures).toEqual([]);
    expect(verdict.agree).toEqual({ all: 2, test: 1, testTotal: 1 });
  });

  const first = good.tasks[0] as (typeof good.tasks)[number];
  const second = good.tasks[1] as (typeof good.tasks)[number];
  const conviction = good.convictions[0] as (typeof good.convictions)[number];
  const bad: [string, Partial<DemoOutcome>, RegExp][] = [
    ['a wrong answer', { tasks: [{ ...first, output: 4 }, second] }, /1 wrong answers became final/],
    ['an answer that is not final', { tasks: [{ ...first, settlement: 'posted' }, second] }, /1 of 2 rows/],
    ['a missing answer', { tasks: [first] }, /1 of 2 rows/],
    ['an unconvicted liar', { convictions: [] }, /dishonest provider was not convicted/],
    [
      'a convicted honest provider',
      { convictions: [conviction, { ...conviction, provider: 'honest-1' }] },
      /honest provider was convicted/,
    ],
    ['books that do not balance', { supply: { ...good.supply, balanced: false } }, /books/],
    ['a receipt that does not verify', { receipt: { index: 0, isValid: false } }, /receipt/],
    ['no receipt', { receipt: undefined }, /receipt/],
  ];
  it.each(bad)('finds %s', (_, change, failure) => {
    expect(judgeOutcome({ ...good, ...change }, 'liar').failures.join()).toMatch(failure);
  });
});
