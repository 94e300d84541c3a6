import { describe, expect, it } from 'vitest';
import { REDUNDANT_CAST, REDUNDANT_PROVIDERS } from '../../src/redundant/redundant-cast.ts';
import { judgeRedundantOutcome, type RedundantOutcome } from '../../src/redundant/redundant-outcome.ts';

const BOND = 10n ** 18n;
const FEE = 10n ** 12n;
const address = new Uint8Array(20);

const counts = (changes: Record<string, number>): ReadonlyMap<string, number> =>
  new Map(Object.entries(changes));
const seats = new Map([
  ...REDUNDANT_CAST.honest.map(({ id }) => [id, counts({ drawn: 2, committed: 2, revealed: 2 })] as const),
  ['liar', counts({ drawn: 1, committed: 1, revealed: 1 })],
  ['absent', counts({ drawn: 3, absent: 3 })],
  ['withholder', counts({ drawn: 2, committed: 2, withheld: 2 })],
  ['copier', counts({ drawn: 1, committed: 1, withheld: 1 })],
] as const);

const standing = (id: string, bond: bigint, reputation: number, state = 'active') => ({
  id,
  state,
  bond,
  reserved: 0n,
  reputation,
});
const providers = REDUNDANT_PROVIDERS.map(({ id }) => {
  if (id === 'liar') return standing(id, 0n, 0, 'slashed');
  if (id === 'absent') return standing(id, BOND - 3n * FEE, 35);
  if (id === 'withholder') return standing(id, BOND - 20n * FEE, 40);
  if (id === 'copier') return standing(id, BOND - 10n * FEE, 45);
  return standing(id, BOND, 51);
});

const conviction = {
  provider: 'liar',
  taskId: 'wdbc-000',
  operator: address,
  challenger: address,
  forfeited: BOND,
  rewarded: 0n,
  burned: BOND,
};

const good: RedundantOutcome = {
  rows: [{ row: 0, input: new Uint8Array(32), label: 1, y0: 5, isTest: true }],
  tasks: [{ row: 0, output: 5, provider: 'honest-1', settlement: 'final', receiptIndex: 0 }],
  convictions: [conviction],
  seats,
  bond: BOND,
  providers,
  copies: new Map([
    ['wdbc-000', 'invalid_input'],
    ['wdbc-001', 'too_late'],
  ]),
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

const withStanding = (
  id: string,
  change: Partial<(typeof providers)[number]>,
): Partial<RedundantOutcome> => ({
  providers: providers.map((provider) => (provider.id === id ? { ...provider, ...change } : provider)),
});
const withSeats = (id: string, change: Record<string, number>): Partial<RedundantOutcome> => ({
  seats: new Map<string, ReadonlyMap<string, number>>([...seats, [id, counts(change)]]),
});

describe('judging the redundant demo', () => {
  it('has nothing against a good outcome', () => {
    expect(judgeRedundantOutcome(good).failures).toEqual([]);
  });

  const task = good.tasks[0] as (typeof good.tasks)[number];
  const bad: [string, Partial<RedundantOutcome>, RegExp][] = [
    ['a wrong answer', { tasks: [{ ...task, output: 4 }] }, /wrong answers/],
    ['an answer of somebody dishonest', { tasks: [{ ...task, provider: 'copier' }] }, /somebody dishonest/],
    ['an unconvicted liar', { convictions: [] }, /liar was not convicted/],
    ['a liar who kept money', { convictions: [{ ...conviction, burned: 1n }] }, /not burned in full/],
    [
      'one conviction too many',
      { convictions: [conviction, { ...conviction, provider: 'honest-1' }] },
      /1 more/,
    ],
    ['an absent one who paid', withStanding('absent', { bond: BOND - 1n }), /absent has a bond/],
    ['an absent one of good repute', withStanding('absent', { reputation: 50 }), /absent has a reputation/],
    ['an absent one that was never drawn', withSeats('absent', {}), /absent was never found absent/],
    ['a withholder who paid nothing', withStanding('withholder', { bond: BOND }), /withholder has a bond/],
    ['a copier whose reveal was taken', { copies: new Map([['t', '']]) }, /copied commitments ended as/],
    ['no copy', { copies: new Map() }, /no reveal of a copied commitment/],
    ['copies that came too late alone', { copies: new Map([['t', 'too_late']]) }, /tried in time/],
    ['an honest one who lost money', withStanding('honest-2', { bond: BOND - 1n }), /honest-2 lost money/],
    ['an honest one who was late', withSeats('honest-3', { absent: 1 }), /honest-3 was found absent/],
    ['a bond that is still held', withStanding('honest-1', { reserved: 1n }), /still reserved/],
    ['books that do not balance', { supply: { ...good.supply, balanced: false } }, /books/],
    ['no receipt', { receipt: undefined }, /receipt/],
  ];
  it.each(bad)('finds %s', (_, change, failure) => {
    expect(judgeRedundantOutcome({ ...good, ...change }).failures.join()).toMatch(failure);
  });
});
