import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ValidatorPlan } from './cluster-plan.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/aivm.js', import.meta.url));
/** How long a process may take to end before it is killed. */
const STOP_TIMEOUT_MS = 15_000;

/**
 * An engine whose application is gone ends by itself, unless it waits for an answer that nobody gives any more: CometBFT
 * v0.38 can lose a request that comes while it closes the connection.
 */
const ENGINE_END_MS = 10_000;

/** What the processes of one validator need. */
export interface ValidatorDependencies {
  readonly enginePath: string;
  readonly genesisFile: string;
  /** How long a process that ended stays away. */
  readonly restartAfterMs: number;
  /** Blocks between two snapshots of a node; 0: it takes none. */
  readonly snapshotEvery: number;
  /** Says what happened to a process. */
  readonly report: (text: string) => void;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

const endOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('close', () => resolve());
  });

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || hasEnded(child)) return;
  child.kill('SIGTERM');
  const stopping = new AbortController();
  const isGone = await Promise.race([
    endOf(child).then(() => true),
    delay(STOP_TIMEOUT_MS, false, { signal: stopping.signal }).catch(() => false),
  ]);
  stopping.abort();
  if (!isGone) child.kill('SIGKILL');
  await endOf(child);
}

/** The two processes of one validator: the application, then its engine. What ends by itself is started again. */
export class ValidatorProcesses {
  readonly plan: ValidatorPlan;
  readonly #dependencies: ValidatorDependencies;
  readonly #stopping = new AbortController();
  #app: ChildProcess | undefined;
  #engine: ChildProcess | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(plan: ValidatorPlan, dependencies: ValidatorDependencies) {
    this.plan = plan;
    this.#dependencies = dependencies;
  }

  /** Process ids of what runs now. */
  get pids(): { readonly app: number | undefined; readonly engine: number | undefined } {
    const pidOf = (child: ChildProcess | undefined): number | undefined =>
      child === undefined || hasEnded(child) ? undefined : child.pid;
    return { app: pidOf(this.#app), engine: pidOf(this.#engine) };
  }

  start(): void {
    this.#running = Promise.all([this.#keep('app'), this.#keep('engine')]);
  }

  /** The engine first, so that its application sees it go. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await end(this.#engine);
    await end(this.#app);
    await this.#running;
  }

  /** Starts a process, and again after it has ended. CometBFT waits for its application, so the order is free. */
  async #keep(part: 'app' | 'engine'): Promise<void> {
    const { signal } = this.#stopping;
    const { restartAfterMs, report } = this.#dependencies;
    while (!signal.aborted) {
      const child = part === 'app' ? this.#startApp() : this.#startEngine();
      await endOf(child);
      if (signal.aborted) return;
      if (part === 'app') this.#endEngineOf(this.#engine);
      const how = child.signalCode ?? `exit code ${child.exitCode ?? '?'}`;
      const what = part === 'app' ? 'application' : 'engine';
      report(`${this.plan.name}: its ${what} ended (${how}); started again in ${restartAfterMs / 1_000} s`);
      await delay(restartAfterMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Kills an engine that does not end after its application. */
  #endEngineOf(engine: ChildProcess | undefined): void {
    if (engine === undefined) return;
    const timer = setTimeout(() => {
      if (!hasEnded(engine)) engine.kill('SIGKILL');
    }, ENGINE_END_MS);
    void endOf(engine).then(() => clearTimeout(timer));
  }

  #startApp(): ChildProcess {
    const { genesisFile, snapshotEvery } = this.#dependencies;
    const { dataDirectory, appPort, rpcPort, httpPort, appLog, anchorKeys, place } = this.plan;
    const args = [
      ...['abci', '--genesis', genesisFile, '--data-dir', dataDirectory, '--stop-with-stdin'],
      ...['--listen', `tcp://127.0.0.1:${appPort}`, '--rpc', `http://127.0.0.1:${rpcPort}`],
      ...['--port', String(httpPort), '--log-level', 'info', '--snapshot-every', String(snapshotEvery)],
      ...(anchorKeys === undefined ? [] : ['--sign-anchors', anchorKeys]),
      ...(place === undefined ? [] : ['--http-listen', place.httpHost]),
    ];
    // The pipe: an application whose cluster was killed ends, and its engine with it.
    this.#app = this.#spawn(process.execPath, [LAUNCHER, ...args], appLog, 'pipe');
    return this.#app;
  }

  #startEngine(): ChildProcess {
    const { engineHome, engineLog } = this.plan;
    this.#engine = this.#spawn(
      this.#dependencies.enginePath,
      ['start', '--home', engineHome],
      engineLog,
      'ignore',
    );
    return this.#engine;
  }

  #spawn(program: string, args: readonly string[], log: string, stdin: 'pipe' | 'ignore'): ChildProcess {
    const file = openSync(log, 'a');
    try {
      const { place } = this.plan;
      // ip becomes the program, so that the process is the same.
      const [command, ...rest] =
        place === undefined ? [program, ...args] : ['ip', 'netns', 'exec', place.namespace, program, ...args];
      const child = spawn(command, rest, { stdio: [stdin, file, file] });
      child.on('error', (error) => this.#dependencies.report(`${this.plan.name}: ${error.message}`));
      child.stdin?.on('error', () => undefined);
      return child;
    } finally {
      closeSync(file);
    }
  }
}
