import { bytesToHex } from '@aivm/core/bytes';
import { formatTable, type Output } from 'aivm';
import type { DemoLie, DemoOutcome, DemoVerdict } from './demo-outcome.ts';

const UNIT_DIGITS = 18;
const SHOWN_FRACTION_DIGITS = 6;

/** An amount in whole units with up to six decimals, cut and not rounded: 10^18 of the smallest unit are one. */
export function formatUnits(amount: bigint): string {
  const digits = amount.toString().padStart(UNIT_DIGITS + 1, '0');
  const whole = digits.slice(0, -UNIT_DIGITS).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = digits.slice(-UNIT_DIGITS, -UNIT_DIGITS + SHOWN_FRACTION_DIGITS).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** A share with one decimal. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;

const shortAddress = (address: Uint8Array): string => {
  const hex = bytesToHex(address);
  return `0x${hex.slice(0, 6)}…${hex.slice(-4)}`;
};

function lieTable(lies: readonly DemoLie[]): readonly string[] {
  const rows = lies.map(({ row, output, right, provider }) => [
    String(row),
    String(output ?? '–'),
    String(right),
    (output ?? 0) >= 0 ? 'benign' : 'malignant',
    right >= 0 ? 'benign' : 'malignant',
    provider,
  ]);
  return formatTable(['row', 'answered', 'right', 'told', 'truth', 'provider'], rows);
}

/** Where all the money is, line by line. */
export function moneyLines({ supply }: Pick<DemoOutcome, 'supply'>): readonly string[] {
  const parts = [
    ['balances', supply.balances],
    ['bonds', supply.bonds],
    ['escrow', supply.escrow],
    ['deposits', supply.deposits],
    ['unclaimed rewards', supply.unclaimedRewards],
    ['burned', supply.burned],
  ] as const;
  const width = Math.max(
    ...parts.map(([, amount]) => amount.toString().length),
    supply.total.toString().length,
  );
  const line = (name: string, amount: bigint) => `  ${name.padEnd(18)}${amount.toString().padStart(width)}`;
  return [
    ...parts.map(([name, amount]) => line(name, amount)),
    line('sum', supply.total),
    `${line('genesis + minted', supply.expected)}   ${supply.balanced ? 'balanced, after a replay of every block' : 'DOES NOT BALANCE'}`,
  ];
}

function convictionLines({ convictions, liesFound }: DemoOutcome): readonly string[] {
  if (convictions.length === 0) return ['Convicted         nobody'];
  return convictions.flatMap((conviction) => [
    `Convicted         ${conviction.provider} (task ${conviction.taskId}); lies found: ${liesFound}`,
    `  bond forfeited  ${formatUnits(conviction.forfeited)}`,
    `  to challenger   ${formatUnits(conviction.rewarded)} (${shortAddress(conviction.challenger)})`,
    `  burned          ${formatUnits(conviction.burned)}`,
  ]);
}

/** Tells people how it went and where to go next. */
export function printReport(
  output: Output,
  { outcome, verdict, dataDirectory }: { outcome: DemoOutcome; verdict: DemoVerdict; dataDirectory?: string },
): void {
  const total = outcome.rows.length;
  const { agree } = verdict;
  output.line();
  output.line(
    `Final             ${verdict.finalCount}/${total} rows, ${outcome.height} blocks, ${(outcome.elapsedMs / 1_000).toFixed(1)} s`,
  );
  output.line(
    `Exact answers     ${verdict.finalCount - verdict.lies.length}/${verdict.finalCount} equal to an independent implementation`,
  );
  output.line(
    `Diagnosis         ${percent(agree.all, total)} of all rows; ${percent(agree.test, agree.testTotal)} of the ${agree.testTotal} the model never saw`,
  );
  for (const line of convictionLines(outcome)) output.line(line);
  output.line('Supply');
  for (const line of moneyLines(outcome)) output.line(line);
  const { receipt } = outcome;
  output.line(
    receipt === undefined
      ? 'Receipt           none'
      : `Receipt           #${receipt.index} ${receipt.isValid ? 'verified offline against a block header' : 'DOES NOT VERIFY'}`,
  );
  if (verdict.lies.length > 0) {
    output.line();
    output.line(`${verdict.lies.length} lies went through, because nobody watched:`);
    output.line(lieTable(verdict.lies));
  }
  output.line();
  if (verdict.failures.length === 0) {
    output.line('Every answer is final and right, the liar is convicted, the books balance.');
    output.line(
      'Next: aivm devnet (your own chain), aivm demo --no-watch (the same without a watcher), docs/getting-started.md',
    );
  } else {
    for (const failure of verdict.failures) output.line(`Not as it should be: ${failure}.`);
  }
  if (dataDirectory !== undefined) output.line(`Chain kept: aivm verify-db ${dataDirectory}`);
}

/** Convictions with amounts as decimal text. */
export const convictionsToJson = (convictions: DemoOutcome['convictions']): unknown =>
  convictions.map((conviction) => ({
    ...conviction,
    forfeited: String(conviction.forfeited),
    rewarded: String(conviction.rewarded),
    burned: String(conviction.burned),
  }));

/** A supply with amounts as decimal text. */
export const supplyToJson = (supply: DemoOutcome['supply']): unknown =>
  Object.fromEntries(
    Object.entries(supply).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );

/** The same for machines. Amounts are decimal text, because they pass 64 bits. */
export const outcomeToJson = (outcome: DemoOutcome, verdict: DemoVerdict): unknown => ({
  ok: verdict.failures.length === 0,
  failures: verdict.failures,
  tasks: outcome.tasks,
  convictions: convictionsToJson(outcome.convictions),
  lies: verdict.lies,
  liesFound: outcome.liesFound,
  accuracy: {
    rows: outcome.rows.length,
    correct: verdict.agree.all,
    testRows: verdict.agree.testTotal,
    testCorrect: verdict.agree.test,
  },
  receipt: outcome.receipt,
  supply: supplyToJson(outcome.supply),
  height: outcome.height,
  elapsedMs: outcome.elapsedMs,
});
