import { formatTable, type Output } from 'aivm';
import { convictionsToJson, formatUnits, moneyLines, percent, supplyToJson } from '../story/demo-report.ts';
import { REDUNDANT_PROVIDERS, REDUNDANT_SEATS } from './redundant-cast.ts';
import type { RedundantOutcome, RedundantVerdict } from './redundant-outcome.ts';

function providerTable(outcome: RedundantOutcome): readonly string[] {
  const rows = REDUNDANT_PROVIDERS.map(({ id }) => {
    const standing = outcome.providers.find((provider) => provider.id === id);
    const changes = outcome.seats.get(id);
    const of = (change: string): string => String(changes?.get(change) ?? 0);
    const lost = outcome.bond - (standing?.bond ?? 0n);
    return [
      id,
      ...['drawn', 'committed', 'revealed', 'withheld', 'absent'].map(of),
      standing?.state ?? '–',
      String(standing?.reputation ?? '–'),
      formatUnits(lost),
    ];
  });
  const headings = [
    'provider',
    'drawn',
    'committed',
    'revealed',
    'withheld',
    'absent',
    'state',
    'reputation',
    'bond lost',
  ];
  return formatTable(headings, rows);
}

/** Tells people how it went. */
export function printRedundantReport(
  output: Output,
  {
    outcome,
    verdict,
    dataDirectory,
  }: { outcome: RedundantOutcome; verdict: RedundantVerdict; dataDirectory?: string },
): void {
  const total = outcome.rows.length;
  const { agree, finalCount, lies, failures } = verdict;
  const { m, n } = REDUNDANT_SEATS;
  output.line();
  output.line(
    `Final             ${finalCount}/${total} rows, ${m} of ${n}, ${outcome.height} blocks, ${(outcome.elapsedMs / 1_000).toFixed(1)} s`,
  );
  output.line(
    `Exact answers     ${finalCount - lies.length}/${finalCount} equal to an independent implementation`,
  );
  output.line(
    `Diagnosis         ${percent(agree.all, total)} of all rows; ${percent(agree.test, agree.testTotal)} of the ${agree.testTotal} the model never saw`,
  );
  output.line();
  output.line(providerTable(outcome));
  output.line();
  for (const { provider, taskId, forfeited } of outcome.convictions) {
    output.line(
      `Convicted         ${provider} by kernel 5 (task ${taskId}); ${formatUnits(forfeited)} burned`,
    );
  }
  const refused = [...outcome.copies.values()].filter((code) => code === 'invalid_input').length;
  output.line(`Copied            ${refused} of ${outcome.copies.size} reveals of copied commitments refused`);
  output.line('Supply');
  for (const line of moneyLines(outcome)) output.line(line);
  if (outcome.receipt !== undefined) {
    const { index, isValid } = outcome.receipt;
    output.line(
      `Receipt           #${index} ${isValid ? 'verified offline against a block header' : 'DOES NOT VERIFY'}`,
    );
  }
  output.line();
  if (failures.length === 0) {
    output.line(
      'Every answer is final and right, everybody was punished as the rules say, the books balance.',
    );
  } else {
    for (const failure of failures) output.line(`Not as it should be: ${failure}.`);
  }
  if (dataDirectory !== undefined) output.line(`Chain kept: aivm verify-db ${dataDirectory}`);
}

/** The same for machines. Amounts are decimal text, because they pass 64 bits. */
export const redundantOutcomeToJson = (outcome: RedundantOutcome, verdict: RedundantVerdict): unknown => ({
  ok: verdict.failures.length === 0,
  failures: verdict.failures,
  mode: 'redundant',
  seats: REDUNDANT_SEATS,
  tasks: outcome.tasks,
  convictions: convictionsToJson(outcome.convictions),
  providers: outcome.providers.map((provider) => ({
    ...provider,
    bond: String(provider.bond),
    reserved: String(provider.reserved),
    seats: Object.fromEntries(outcome.seats.get(provider.id) ?? []),
  })),
  copies: Object.fromEntries(outcome.copies),
  receipt: outcome.receipt,
  supply: supplyToJson(outcome.supply),
  height: outcome.height,
  elapsedMs: outcome.elapsedMs,
});
