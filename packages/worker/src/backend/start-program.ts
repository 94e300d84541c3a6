import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { BackendError } from './backend-error.ts';

/** What a program is given to run. */
export interface ProgramOptions {
  /** A program, found as the platform finds programs. No shell interprets it or its arguments. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Variables that it sees besides the few that every program needs; nothing else of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What programs need to be found and to write text; none of them holds a secret. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'SystemRoot',
  'TEMP',
] as const;
/** What is kept of a program's own words, for the log. */
const COMPLAINT_CHARACTERS_MAX = 2_000;

function cleanEnvironment(more: Readonly<Record<string, string>>): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), ...more };
}

/** A running program with all that it started. */
export interface Program {
  readonly child: ChildProcessWithoutNullStreams;
  /** Ends it and everything that it started. */
  kill(): void;
  /** The last that it wrote to stderr. */
  complaint(): string;
  /** Resolves to what ended it; rejects where it could not be started. */
  readonly ended: Promise<string>;
}

/** Starts a program as the head of a process group of its own, so that what it starts ends with it. */
export function startProgram({ program, args = [], env = {} }: ProgramOptions): Program {
  const isGroup = process.platform !== 'win32';
  const child = spawn(program, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: cleanEnvironment(env),
    detached: isGroup,
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS_MAX);
  });
  child.stdin.on('error', () => undefined);
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(isGroup ? -child.pid : child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  };
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new BackendError('notStarted', `${program}: ${cause.message}`, { cause })),
    );
    // Not 'close': a child of the program may hold the pipes for as long as it likes.
    child.on('exit', (code, signal) =>
      resolve(signal === null ? `exited with ${code}` : `ended by ${signal}`),
    );
  });
  ended.catch(() => undefined);
  return { child, kill, complaint: () => complaint.trim(), ended };
}

/** @throws AivmError `not_found` where the platform would not find the program, or may not run it. */
export async function assertProgram(program: string): Promise<void> {
  const isPath = isAbsolute(program) || program.includes('/') || program.includes(sep);
  const directories = isPath ? [''] : (process.env.PATH ?? '').split(delimiter);
  for (const directory of directories) {
    const path = directory === '' ? program : join(directory, program);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new AivmError('not_found', `program ${program}: not found on PATH, or not executable`);
}
