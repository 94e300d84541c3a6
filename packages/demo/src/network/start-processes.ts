import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AivmError } from '@aivm/core/errors';

/** One line of JSON that a worker printed. */
export interface ProcessEvent {
  readonly event: string;
  readonly taskId?: string;
  readonly game?: number;
  readonly move?: string;
  readonly height?: number;
  readonly provider?: string;
  readonly code?: string;
  readonly detail?: string;
}

export interface ProcessOptions {
  readonly name: string;
  /** Arguments of `aivm`. */
  readonly args: readonly string[];
  readonly onEvent: (name: string, event: ProcessEvent) => void;
}

/** Processes of the real program, stopped together. */
export class Processes {
  readonly #children = new Map<string, ReturnType<typeof spawn>>();
  readonly #ended: Promise<void>[] = [];
  readonly #failed: Promise<never>;
  #fail: (error: Error) => void = () => undefined;
  #isStopping = false;

  constructor() {
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => undefined);
  }

  /** Rejects when a process ends that was not told to. */
  get failed(): Promise<never> {
    return this.#failed;
  }

  /** @param mayEnd whether its end is part of the story: a convicted provider has nothing left to do */
  start({ name, args, onEvent }: ProcessOptions, mayEnd = false): void {
    const launcher = process.argv[1];
    if (launcher === undefined) throw new AivmError('internal', 'the demo was not started as a program');
    const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.set(name, child);
    let errors = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2_000);
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      onEvent(name, JSON.parse(line) as ProcessEvent);
    });
    this.#ended.push(
      new Promise((resolve) => {
        child.on('close', (code) => {
          resolve();
          if (!this.#isStopping && !mayEnd)
            this.#fail(new AivmError('internal', `${name} ended with ${code}: ${errors.trim()}`));
        });
      }),
    );
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of this.#children.values()) child.kill('SIGTERM');
    await Promise.all(this.#ended);
  }
}
