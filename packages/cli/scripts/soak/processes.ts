import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/aivm.js', import.meta.url));
const TAIL_BYTES = 4_000;

/** A spawned process with the end of what it printed. */
export interface SoakProcess {
  readonly child: ChildProcess;
  /** The end of stdout and stderr, for reports. */
  tail(): string;
  /** Resolves to the first match in stdout. */
  waitFor(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>;
  /** Resolves to the exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
}

/** Starts `aivm ARGS` as a process of its own. */
export const startAivm = (args: readonly string[]): SoakProcess => startProcess([LAUNCHER, ...args]);

/** Starts `node ARGS` as a process of its own. */
export function startProcess(args: readonly string[]): SoakProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-TAIL_BYTES * 4);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-TAIL_BYTES);
  });
  const ended = new Promise<number | null>((resolve) => void child.on('close', (code) => resolve(code)));
  const tail = () => `node ${args.join(' ')}\n${stdout.slice(-TAIL_BYTES)}\n${stderr}`;
  return {
    child,
    tail,
    ended,
    waitFor: async (pattern, timeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const match = pattern.exec(stdout);
        if (match !== null) return match;
        if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
          throw new Error(`no ${pattern} from ${tail()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

/** A port that nothing listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
