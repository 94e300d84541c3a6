import { formatTable, type Output } from 'aivm';
import { outcomeToJson, printReport } from '../story/demo-report.ts';
import type { EvidenceAnswer, TeeOutcome, TeeVerdict } from './tee-outcome.ts';

function wordsOf({ code, hardware, score }: EvidenceAnswer): string {
  if (code !== '') return `refused: ${code}`;
  return hardware ? `processor, score ${score}` : `own word only, score ${score}`;
}

/** Tells people what evidence was worth, then what the other demo tells. */
export function printTeeReport(
  output: Output,
  { outcome, verdict, dataDirectory }: { outcome: TeeOutcome; verdict: TeeVerdict; dataDirectory?: string },
): void {
  const measured = new Map(verdict.windows.map((window) => [window.provider, window]));
  const rows = outcome.evidence.map((evidence) => {
    const window = measured.get(evidence.provider);
    const range = window === undefined ? '' : `${window.shortest}–${window.longest}`;
    const length = window?.shortest === window?.longest ? String(window?.shortest ?? '–') : range;
    return [
      evidence.provider,
      wordsOf(evidence),
      String(window?.answers ?? 0),
      String(window?.usable ?? 0),
      length,
    ];
  });
  output.line();
  output.line(formatTable(['provider', 'evidence', 'final answers', 'usable at once', 'window'], rows));
  output.line(
    `Without evidence an answer waits ${outcome.windowBlocks} blocks. The evidence is from a test authority of this chain: no vendor stands behind it.`,
  );
  output.line(
    `Usable lies       ${verdict.usableLies}, signed in an attested environment; none could be relied on for more than ${verdict.longestLie} blocks`,
  );
  printReport(output, { outcome, verdict, ...(dataDirectory === undefined ? {} : { dataDirectory }) });
}

/** The same for machines. */
export const teeOutcomeToJson = (outcome: TeeOutcome, verdict: TeeVerdict): unknown => ({
  ...(outcomeToJson(outcome, verdict) as object),
  windowBlocks: outcome.windowBlocks,
  evidence: outcome.evidence,
  windows: verdict.windows,
  usableLies: verdict.usableLies,
  longestLie: verdict.longestLie,
});
