import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRunner, type Outcome } from './run-case.ts';
import { makeSamples } from './samples.ts';
import { emptyTally, formatTally, mergeTallies, type Tally, tallyOutcome } from './tally.ts';

// Run with: npm run fuzz:attestation -- --cases 2000000 --seed 1 [--from N] [--workers 2] [--seconds LIMIT] [--case N]
// [--out FILE]. Cases are numbered: `--from` continues where another run of the same seed ended. The file holds what is
// known so far as JSON, so that a run that is stopped counts as far as it came.
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string' },
    case: { type: 'string' },
    part: { type: 'string' },
    out: { type: 'string' },
  },
});

const REPORT_EVERY_MS = 60_000;

const FROM = Number(values.from);

/** Every `workers`th of the cases, beginning with the one that is `part` behind the first. */
function runPart(seed: number, cases: number, workers: number, part: number): void {
  // Refusals are errors inside; their stacks would cost more than many of the checks.
  Error.stackTraceLimit = 0;
  const runner = createRunner(makeSamples(), seed);
  const end = performance.now() + 1_000 * Number(values.seconds ?? Number.POSITIVE_INFINITY);
  // Warm code, so that the longest case is a case and not the compiler.
  for (let i = 0; i < 300; i++) runner.run(1_000_000_000 + i);
  const tally = emptyTally();
  const before = process.cpuUsage();
  const send = (): void => {
    const { user, system } = process.cpuUsage(before);
    const message: Message = {
      tally,
      places: runner.systematicCount,
      cpuMs: (user + system) / 1_000,
      rssBytes: process.memoryUsage.rss(),
    };
    process.send?.(message);
  };
  let reportAt = performance.now() + REPORT_EVERY_MS;
  for (let index = FROM + part; index < FROM + cases && performance.now() < end; index += workers) {
    const outcome: Outcome = runner.run(index);
    tallyOutcome(tally, index, outcome);
    if (performance.now() < reportAt) continue;
    reportAt = performance.now() + REPORT_EVERY_MS;
    send();
  }
  send();
}

/** How far a worker is. */
interface Message {
  readonly tally: Tally;
  readonly places: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** What is known so far; `next` is the number to continue from, should no more come. */
function reportOf(messages: readonly Message[], { seed, workers, startMs }: RunParameters) {
  const tally = mergeTallies(messages.map((message) => message.tally));
  const casesMin =
    messages.length < workers ? 0 : Math.min(...messages.map((message) => message.tally.cases));
  return {
    seed,
    from: FROM,
    next: FROM + workers * casesMin,
    workers,
    seconds: Math.round((performance.now() - startMs) / 1_000),
    places: messages[0]?.places ?? 0,
    cpuMs: Math.round(messages.reduce((sum, { cpuMs }) => sum + cpuMs, 0)),
    rssBytesMax: Math.max(0, ...messages.map(({ rssBytes }) => rssBytes)),
    ...tally,
  };
}

interface RunParameters {
  readonly seed: number;
  readonly workers: number;
  readonly startMs: number;
}

function printReport(report: ReturnType<typeof reportOf>, cases: number): void {
  const { seed, cpuMs, seconds, faults } = report;
  console.error(formatTally(report));
  console.error(
    `${report.cases} of ${cases} cases, ${faults.length} faults, ${seconds} s, ` +
      `${(cpuMs / Math.max(1, report.cases)).toFixed(2)} ms of CPU a case, seed ${seed} from ${FROM}`,
  );
  for (const { index, outcome } of faults) {
    console.error(`--seed ${seed} --case ${index}: ${outcome.sample}, ${outcome.operator}: ${outcome.fault}`);
  }
}

async function runAll(seed: number, cases: number, workers: number): Promise<void> {
  const run: RunParameters = { seed, workers, startMs: performance.now() };
  const latest = new Map<number, Message>();
  const report = () => reportOf([...latest.values()], run);
  const file = fileURLToPath(import.meta.url);
  const limit = values.seconds === undefined ? [] : ['--seconds', values.seconds];
  const runs = Array.from({ length: workers }, (_, part) => {
    const child = fork(
      file,
      [
        '--cases',
        String(cases),
        '--seed',
        String(seed),
        '--workers',
        String(workers),
        '--part',
        String(part),
        '--from',
        String(FROM),
        ...limit,
      ],
      {
        execArgv: process.execArgv,
      },
    );
    child.on('message', (message: Message) => {
      latest.set(part, message);
      const soFar = report();
      console.error(`${soFar.cases} of ${cases} after ${soFar.seconds} s`);
      if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(soFar));
    });
    return new Promise<void>((resolve, reject) => {
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`worker ${part} ended with ${code}`)),
      );
    });
  });
  await Promise.all(runs);
  const last = report();
  printReport(last, cases);
  if (last.faults.length > 0 || (values.seconds === undefined && last.cases !== cases)) process.exitCode = 1;
}

const [seed, cases, workers] = [values.seed, values.cases, values.workers].map(Number) as [
  number,
  number,
  number,
];
if (values.case !== undefined) {
  const outcome = createRunner(makeSamples(), seed).run(Number(values.case));
  console.log(JSON.stringify(outcome));
  if (outcome.fault !== undefined) process.exitCode = 1;
} else if (values.part !== undefined) runPart(seed, cases, workers, Number(values.part));
else await runAll(seed, cases, workers);
