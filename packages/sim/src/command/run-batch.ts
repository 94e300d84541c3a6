import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Batch, type BatchReport, type RunReport, runSimulation } from '../index.ts';

/** Seeds `seed`, `seed` + 1, …, `seed` + `runs` − 1. */
export interface BatchOptions {
  readonly seed: number;
  readonly runs: number;
  readonly scenario?: string;
  readonly workers: number;
}

export interface BatchHooks {
  readonly signal: AbortSignal;
  readonly onRun: (run: RunReport, done: number) => void;
}

/** The seeds of one worker: every `workers`-th from `index` on. */
function* seedsOf({ seed, runs, workers }: BatchOptions, index: number): Iterable<number> {
  for (let i = index; i < runs; i += workers) yield seed + i;
}

/** Runs one worker's seeds in this process, one after the other, until the signal. */
export async function runSlice(
  options: BatchOptions,
  index: number,
  { signal, onRun }: { readonly signal: AbortSignal; readonly onRun: (run: RunReport) => void },
): Promise<void> {
  for (const seed of seedsOf(options, index)) {
    if (signal.aborted) return;
    onRun(await runSimulation(seed, options.scenario));
    // Between two runs signals get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function workerArguments({ seed, runs, scenario, workers }: BatchOptions, index: number): readonly string[] {
  const of = (name: string, value: string | number): string[] => [`--${name}`, String(value)];
  return [
    ...process.execArgv,
    // There is a worker for every core: threads that collect its garbage would only take time from the others. A young
    // generation of 16 MiB from the start: left to grow by itself it stays small, and is collected more often.
    '--single-threaded-gc',
    '--min-semi-space-size=16',
    process.argv[1] ?? '',
    'sim',
    ...of('seed', seed),
    ...of('runs', runs),
    ...of('workers', workers),
    ...of('slice', index),
    ...(scenario === undefined ? [] : of('scenario', scenario)),
  ];
}

/** A worker process: this program with one slice. Its runs come as lines of JSON. */
function runWorker(
  options: BatchOptions,
  index: number,
  hooks: Pick<BatchHooks, 'signal'> & { onRun: (run: RunReport) => void },
): Promise<void> {
  const child = spawn(process.execPath, workerArguments(options, index), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A run hears no signal before its end and leaves nothing behind: a user who wants the report now shall not wait for it.
  const stop = (): void => void child.kill('SIGKILL');
  hooks.signal.addEventListener('abort', stop, { once: true });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // A line that was being written when the worker was stopped is no run.
    if (!hooks.signal.aborted) hooks.onRun(JSON.parse(line) as RunReport);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      hooks.signal.removeEventListener('abort', stop);
      if (code === 0 || hooks.signal.aborted) resolve();
      else reject(new Error(`a simulation worker ended with exit code ${code}`));
    });
  });
}

/** Runs a batch on `workers` processes (in this one where one is enough) and adds up what it gave. */
export async function runBatch(options: BatchOptions, { signal, onRun }: BatchHooks): Promise<BatchReport> {
  const batch = new Batch();
  let done = 0;
  const take = (run: RunReport): void => {
    batch.add(run);
    done += 1;
    onRun(run, done);
  };
  const workers = Math.min(options.workers, options.runs);
  const split = { ...options, workers };
  if (workers === 1) await runSlice(split, 0, { signal, onRun: take });
  else
    await Promise.all(
      Array.from({ length: workers }, (_, index) => runWorker(split, index, { signal, onRun: take })),
    );
  return batch.report();
}
