import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../bin/aivm.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs on its own, as a user would start it. */
export interface CliProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<CliResult>;
  /** Resolves to the first match in stdout, or throws when the process ends before. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  readonly text: () => { stdout: string; stderr: string };
}

export function startCli(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd: string = process.cwd(),
): CliProcess {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    cwd,
  });
  const captured = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    captured.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    captured.stderr += text;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...captured }));
  });
  const waitFor = async (pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(captured.stdout);
      if (match !== null) return match;
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`no ${pattern} from aivm ${args.join(' ')}:\n${captured.stdout}\n${captured.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  return { child, ended, waitFor, text: () => ({ ...captured }) };
}

export const runCli = (
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<CliResult> => startCli(args, env, cwd).ended;

/** The last line of stdout as JSON. */
export const lastJsonLine = (stdout: string): unknown =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
