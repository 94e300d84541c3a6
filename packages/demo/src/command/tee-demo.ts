import type { Output } from 'aivm';

/** How the demo of attested environments runs. */
export interface TeeDemoOptions {
  readonly dataDirectory: string;
  readonly keepsDirectory: boolean;
  readonly rowsMax: number | undefined;
  readonly blockTimeMs: number;
  readonly timeoutMs: number;
}

/** Plays and tells. @returns whether everything is as it should be */
export async function playTeeDemo(
  { rowsMax, keepsDirectory, ...options }: TeeDemoOptions,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<boolean> {
  const { runTeeDemo } = await import('../tee/run-tee-demo.ts');
  const { judgeTeeOutcome } = await import('../tee/tee-outcome.ts');
  const { printTeeReport, teeOutcomeToJson } = await import('../tee/tee-report.ts');
  const rows = rowsMax === undefined ? {} : { rowsMax };
  const outcome = await runTeeDemo({ ...options, ...rows }, { output, signal });
  const verdict = judgeTeeOutcome(outcome);
  const kept = keepsDirectory ? { dataDirectory: options.dataDirectory } : {};
  printTeeReport(output, { outcome, verdict, ...kept });
  output.json(teeOutcomeToJson(outcome, verdict));
  return verdict.failures.length === 0;
}
