import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bundleSimulator, createBundleFolder } from './bundle.ts';
import { writeDocs } from './docs.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './registry.ts';
import type { RunAnswer, RunRequest } from './simulate.ts';

/** A fault may make a run loop; a sound one takes seconds. */
const TIMEOUT_MS = 240_000;
const ROOT = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');

/** One process that plays one run. @returns its answer, or what became of it instead. */
function play(bundle: string, request: RunRequest): Promise<RunAnswer> {
  const child = spawn(process.execPath, [bundle, JSON.stringify(request)], { timeout: TIMEOUT_MS });
  let output = '';
  let errors = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(output) as RunAnswer);
      else {
        const detail = signal === null ? errors.slice(-800) : `no end in ${TIMEOUT_MS / 1_000} s`;
        resolve({ checker: 'process', detail, height: 0 });
      }
    });
  });
}

/** One thing to find out. */
interface Job {
  readonly name: string;
  run(): Promise<{ readonly passed: boolean; readonly answer: RunAnswer }>;
}

const mutantJob = (folder: string, checker: string, { name, edits, says = '', ...run }: Mutant): Job => ({
  name,
  async run() {
    const bundle = await bundleSimulator(ROOT, folder, { name, edits });
    const { scenario, seed, executesEverywhere = false } = run;
    const answer = await play(bundle, {
      scenario,
      seed,
      checkers: [checker],
      ...(executesEverywhere && { executesEverywhere }),
    });
    return { passed: answer.checker === checker && answer.detail.includes(says), answer };
  },
});

/** Every run without a fault, under every checker; each once, however many mutants use it. */
function soundJobs(bundle: string, mutants: readonly Mutant[]): Job[] {
  const runs = new Map(mutants.map(({ scenario, seed }) => [`${scenario}/${seed}`, { scenario, seed }]));
  return [...runs].map(([name, request]) => ({
    name: `sound ${name}`,
    async run() {
      const answer = await play(bundle, request);
      return { passed: answer.checker === '', answer };
    },
  }));
}

/** Works jobs off, `workers` at a time. @returns how many failed. */
async function workOff(jobs: readonly Job[], workers: number): Promise<number> {
  const waiting = [...jobs];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { passed, answer } = await job.run();
      if (!passed) failed += 1;
      const seen = answer.checker === '' ? 'nothing' : `${answer.checker}: ${answer.detail}`;
      process.stdout.write(`${passed ? 'ok  ' : 'FAIL'} ${job.name}  [${answer.height}] ${seen}\n`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return failed;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    workers: { type: 'string', default: '2' },
    'write-docs': { type: 'boolean', default: false },
  },
});
const isChosen = (name: string): boolean =>
  values.only === undefined || values.only.some((part) => name.startsWith(part));
const chosen = MUTANTS.flatMap(({ checker, mutants }) =>
  mutants.filter(({ name }) => isChosen(name)).map((mutant) => ({ checker, mutant })),
);
if (chosen.length === 0) throw new RangeError(`only: no mutant is called ${values.only?.join(', ')}`);
const folder = await createBundleFolder(ROOT);
try {
  const sound = await bundleSimulator(ROOT, folder, { name: 'sound', edits: [] });
  const jobs = [
    ...soundJobs(
      sound,
      chosen.map(({ mutant }) => mutant),
    ),
    ...chosen.map(({ checker, mutant }) => mutantJob(folder, checker, mutant)),
  ];
  const failed = await workOff(jobs, Math.min(2, Number(values.workers)));
  process.stdout.write(`${jobs.length - failed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
  else if (values['write-docs']) await writeDocs(ROOT, MUTANTS);
} finally {
  await rm(folder, { recursive: true, force: true });
}
