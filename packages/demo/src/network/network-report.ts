import type { Output } from 'aivm';
import type { NetworkOutcome } from './run-network-demo.ts';

const WHAT = {
  token: 'its last token',
  weight: 'one weight',
  keys: 'one row of keys',
  exp: 'one exponential',
} as const;

/** Prints what became of the story, and what is wrong with it. */
export function printNetworkReport(
  output: Output,
  outcome: NetworkOutcome & { readonly supply: object; readonly elapsedMs: number },
  failures: readonly string[],
): void {
  const { convicted, lies, tasks, finalTasks, accusationsLost, height, elapsedMs, supply } = outcome;
  output.line();
  output.line(
    `Final             ${finalTasks}/${tasks} tasks, ${height} blocks, ${(elapsedMs / 1_000).toFixed(1)} s`,
  );
  for (const lie of lies) {
    const exchanges = convicted.get(lie);
    output.line(
      `Changed ${WHAT[lie].padEnd(16)}${exchanges === undefined ? 'NOT convicted' : `convicted by one element, ${exchanges} exchanges`}`,
    );
  }
  output.line(`False accusations ${accusationsLost} lost, no honest provider found wrong`);
  const books = Object.entries(supply as Record<string, unknown>).filter(
    ([, value]) => typeof value === 'bigint',
  );
  output.line('Supply');
  for (const [name, value] of books) output.line(`  ${name.padEnd(16)}${String(value).padStart(28)}`);
  output.line('                  balanced, after a replay of every block');
  output.line();
  for (const failure of failures) output.line(`FAILED: ${failure}`);
  if (failures.length === 0)
    output.line('Every answer is final, every liar is convicted by one element, and the books balance.');
  output.json({
    tasks,
    final: finalTasks,
    convicted: Object.fromEntries(convicted),
    accusations_lost: accusationsLost,
    elapsed_ms: elapsedMs,
    failures,
  });
}
