import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRunner, type Outcome } from './run-case.ts';
import { makeSamples } from './samples.ts';
import { emptyTally, formatTally, mergeTallies, type Tally, tallyOutcome } from './tally.ts';

// Run with: npm run fuzz:attestation -- --cases 2000000 --seed 1 [--from N] [--workers 2] [--seconds LIMIT] [--case N]
// [--json]. Cases are numbered: `--from` continues where another run of the same seed ended.
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string' },
    case: { type: 'string' },
    part: { type: 'string' },
    json: { type: 'boolean' },
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
  let reportAt = performance.now() + REPORT_EVERY_MS;
  for (let index = FROM + part; index < FROM + cases && performance.now() < end; index += workers) {
    const outcome: Outcome = runner.run(index);
    tallyOutcome(tally, index, outcome);
    if (performance.now() < reportAt) continue;
    reportAt = performance.now() + REPORT_EVERY_MS;
    process.send?.({ type: 'progress', tally });
  }
  const cpu = process.cpuUsage(before);
  process.send?.({
    type: 'done',
    tally,
    places: runner.systematicCount,
    cpuMs: (cpu.user + cpu.system) / 1_000,
    rssBytes: process.memoryUsage.rss(),
  });
}

interface Message {
  readonly type: 'progress' | 'done';
  readonly tally: Tally;
  readonly places?: number;
  readonly cpuMs?: number;
  readonly rssBytes?: number;
}

async function runAll(seed: number, cases: number, workers: number): Promise<void> {
  const start = performance.now();
  const latest = new Map<number, Message>();
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
      const done = [...latest.values()].reduce((sum, { tally }) => sum + tally.cases, 0);
      console.error(`${done} of ${cases} after ${Math.round((performance.now() - start) / 1_000)} s`);
    });
    return new Promise<void>((resolve, reject) => {
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`worker ${part} ended with ${code}`)),
      );
    });
  });
  await Promise.all(runs);
  const messages = [...latest.values()];
  const tally = mergeTallies(messages.map((message) => message.tally));
  const seconds = (performance.now() - start) / 1_000;
  const rssBytesMax = Math.max(...messages.map(({ rssBytes = 0 }) => rssBytes));
  const cpuMs = messages.reduce((sum, message) => sum + (message.cpuMs ?? 0), 0);
  const report = {
    seed,
    from: FROM,
    workers,
    seconds: Math.round(seconds),
    places: messages[0]?.places ?? 0,
    cpuMs: Math.round(cpuMs),
    rssBytesMax,
    ...tally,
  };
  console.error(formatTally(tally));
  console.error(
    `${tally.cases} of ${cases} cases, ${tally.faults.length} faults, ${Math.round(seconds)} s, ` +
      `${(cpuMs / Math.max(1, tally.cases)).toFixed(2)} ms of CPU a case, seed ${seed} from ${FROM}`,
  );
  for (const { index, outcome } of tally.faults) {
    console.error(`--seed ${seed} --case ${index}: ${outcome.sample}, ${outcome.operator}: ${outcome.fault}`);
  }
  if (values.json === true) console.log(JSON.stringify(report));
  if (tally.faults.length > 0 || (values.seconds === undefined && tally.cases !== cases))
    process.exitCode = 1;
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
