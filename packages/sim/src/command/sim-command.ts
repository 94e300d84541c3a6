import { availableParallelism } from 'node:os';
import {
  type CliContext,
  createCommand,
  EXIT_INTERRUPTED,
  EXIT_REFUSED,
  integerOption,
  type Output,
  outputFor,
  UsageError,
} from 'aivm';
import { type Command, Option } from 'commander';
import type { BatchReport, RunReport } from '../index.ts';

const RUNS_MAX = 10_000_000;
/** From so many runs on, what none of them reached is a failure too. */
const WHOLE_BATCH_RUNS = 1_000;
const PROGRESS_MS = 2_000;

interface SimOptions {
  readonly json?: boolean;
  readonly seed: number;
  readonly runs: number;
  readonly scenario?: string;
  readonly workers: number;
  readonly slice?: number;
}

function createProgress(output: Output, runs: number) {
  const startedAt = Date.now();
  let failed = 0;
  let shownAt = startedAt;
  return (run: RunReport, done: number): void => {
    if (run.failure !== undefined) {
      failed += 1;
      output.note(
        `FAILED seed ${run.seed} (${run.scenario}) at height ${run.failure.height}: ${run.failure.checker}: ${run.failure.detail}`,
      );
      output.note(`  replay: aivm sim --seed ${run.seed} --scenario ${run.scenario}`);
    }
    const now = Date.now();
    if (now - shownAt < PROGRESS_MS && done < runs) return;
    shownAt = now;
    const perRun = (now - startedAt) / done;
    output.note(
      `${done}/${runs} runs, ${failed} failed, ${Math.round(perRun)} ms a run, ${Math.round(((runs - done) * perRun) / 1_000)} s to go`,
    );
  };
}

function printReport(output: Output, report: BatchReport, isWhole: boolean): void {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ');
  output.line(
    `${report.runs} runs, ${report.blocks} blocks, ${report.transactions} transactions, ${report.failed} failed`,
  );
  output.line(`scenarios: ${list(report.runsByScenario)}`);
  output.line(`actors, runs in which they acted: ${list(report.runsByActor)}`);
  output.line(`outcomes: ${list(report.outcomes)}`);
  output.line(`refusals: ${list(report.codes)}`);
  if (report.unreached.length > 0) {
    output.line(
      `${isWhole ? 'NEVER REACHED' : 'not reached in so few runs'}: ${report.unreached.join(', ')}`,
    );
  }
}

async function simulate(options: SimOptions, context: CliContext): Promise<void> {
  const { findScenario, SCENARIOS } = await import('../index.ts');
  const { runBatch, runSlice } = await import('./run-batch.ts');
  if (options.scenario !== undefined && !SCENARIOS.some(({ name }) => name === options.scenario)) {
    throw new UsageError(`--scenario: expected one of ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  }
  if (options.scenario !== undefined) findScenario(options.scenario);
  if (options.slice !== undefined) {
    await runSlice(options, options.slice, {
      signal: context.signal,
      onRun: (run) => void context.stdout.write(`${JSON.stringify(run)}\n`),
    });
    return;
  }
  const output = outputFor(context, options);
  const report = await runBatch(options, {
    signal: context.signal,
    onRun: createProgress(output, options.runs),
  });
  const isWhole =
    options.runs >= WHOLE_BATCH_RUNS && options.scenario === undefined && !context.signal.aborted;
  printReport(output, report, isWhole);
  output.json(report);
  if (context.signal.aborted) context.setExitCode(EXIT_INTERRUPTED);
  else if (report.failed > 0 || (isWhole && report.unreached.length > 0)) context.setExitCode(EXIT_REFUSED);
}

/** `aivm sim` */
export const createSimCommand = (context: CliContext): Command =>
  createCommand(
    'sim',
    'Simulates the whole protocol: real node code over a simulated clock, network and disk, with honest and dishonest actors, and checks after every block what must never happen. A seed replays a run exactly. From 1,000 runs on, a kind of actor, outcome or refusal that no run reached is a failure too.',
    'aivm sim --seed 7\naivm sim --runs 10000\naivm sim --seed 7 --scenario faults --json',
  )
    .option(
      '--seed <n>',
      'the first seed; further runs take the following ones',
      integerOption(0, Number.MAX_SAFE_INTEGER - RUNS_MAX),
      1,
    )
    .option('--runs <n>', 'how many', integerOption(1, RUNS_MAX), 1)
    .option('--scenario <name>', 'only this kind of run (default: the seed decides)')
    .option('--workers <n>', 'processes (default: one a core)', integerOption(1, 256), availableParallelism())
    .addOption(new Option('--slice <n>').argParser(integerOption(0, 255)).hideHelp())
    .action((options: SimOptions) => simulate(options, context));
