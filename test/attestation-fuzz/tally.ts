import type { Outcome } from './run-case.ts';

/** A fault and the case that showed it. */
export interface Fault {
  readonly index: number;
  readonly outcome: Outcome;
}

/** Counts of cases by what they were and what came out. */
export interface Tally {
  cases: number;
  readonly kinds: Record<string, number>;
  readonly operators: Record<string, number>;
  readonly codes: Record<string, number>;
  totalMs: number;
  slowest: { readonly index: number; readonly outcome: Outcome } | undefined;
  readonly faults: Fault[];
}

const FAULTS_MAX = 50;

export const emptyTally = (): Tally => ({
  cases: 0,
  kinds: {},
  operators: {},
  codes: {},
  totalMs: 0,
  slowest: undefined,
  faults: [],
});

const add = (counts: Record<string, number>, name: string, count = 1): void => {
  counts[name] = (counts[name] ?? 0) + count;
};

export function tallyOutcome(tally: Tally, index: number, outcome: Outcome): void {
  tally.cases += 1;
  add(tally.kinds, outcome.kind);
  add(tally.operators, outcome.operator);
  add(tally.codes, outcome.code);
  tally.totalMs += outcome.ms;
  if (outcome.ms > (tally.slowest?.outcome.ms ?? 0)) tally.slowest = { index, outcome };
  if (outcome.fault !== undefined && tally.faults.length < FAULTS_MAX) tally.faults.push({ index, outcome });
}

export function mergeTallies(tallies: readonly Tally[]): Tally {
  const sum = emptyTally();
  for (const tally of tallies) {
    sum.cases += tally.cases;
    sum.totalMs += tally.totalMs;
    for (const name of ['kinds', 'operators', 'codes'] as const) {
      for (const [key, count] of Object.entries(tally[name])) add(sum[name], key, count);
    }
    if ((tally.slowest?.outcome.ms ?? 0) > (sum.slowest?.outcome.ms ?? 0)) sum.slowest = tally.slowest;
    sum.faults.push(...tally.faults);
  }
  return sum;
}

const line = (title: string, counts: Readonly<Record<string, number>>): string =>
  `${title}: ${Object.entries(counts)
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')}`;

/** The counts, for people. */
export function formatTally(tally: Tally): string {
  const { slowest } = tally;
  const worst =
    slowest === undefined
      ? 'none'
      : `${slowest.outcome.ms.toFixed(1)} ms (case ${slowest.index}: ${slowest.outcome.sample}, ${slowest.outcome.operator}, ${slowest.outcome.code})`;
  return [
    line('kinds', tally.kinds),
    line('operators', tally.operators),
    line('codes', tally.codes),
    `mean ${(tally.totalMs / Math.max(1, tally.cases)).toFixed(3)} ms, slowest ${worst}`,
  ].join('\n');
}
