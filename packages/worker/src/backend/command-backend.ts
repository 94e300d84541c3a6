import { spawn } from 'node:child_process';
import { AivmError, type JsonValue, utf8ToBytes } from '@aivm/core';
import { bytesToPayload, canonicalizeJson, parseJson, stringifyJson } from '@aivm/sdk';
import type { ComputeBackend, Job } from './compute-backend.ts';

/** What a command backend runs. */
export interface CommandBackendOptions {
  /** A program, found as the platform finds programs. No shell interprets it or its arguments. */
  readonly program: string;
  readonly args?: readonly string[];
  /** How long one run may take, milliseconds [120,000]. */
  readonly timeoutMs?: number;
  /** How much it may write, bytes [1 MiB]. */
  readonly outputBytesMax?: number;
  /** A monotonic clock; only the reported compute time depends on it. */
  readonly nowMs: () => number;
}

const TIMEOUT_MS = 120_000;
const OUTPUT_BYTES_MAX = 1_048_576;
/** What is shown of a program's own words when it fails. */
const COMPLAINT_CHARACTERS_MAX = 160;
const OPAQUE = 0;

interface Run extends Required<Omit<CommandBackendOptions, 'nowMs'>> {
  readonly signal: AbortSignal;
  /** Tells the program what it runs. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the program once. @returns what it wrote to stdout. @throws AivmError when it fails, is late or writes too much */
function runProgram(input: string, run: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const { program, args, timeoutMs, outputBytesMax, signal, env } = run;
    const child = spawn(program, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      signal,
    });
    const written: Uint8Array[] = [];
    let bytes = 0;
    let complaint = '';
    const fail = (detail: string): void => reject(new AivmError('internal', `${program}: ${detail}`));
    child.on('error', (error) => fail(error.message));
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > outputBytesMax) child.kill('SIGKILL');
      else written.push(chunk);
    });
    child.stderr.on('data', (chunk: Uint8Array) => {
      if (complaint.length < COMPLAINT_CHARACTERS_MAX) complaint += new TextDecoder().decode(chunk);
    });
    child.on('close', (code, killedBy) => {
      if (bytes > outputBytesMax) return fail(`wrote more than ${outputBytesMax} bytes`);
      if (killedBy !== null) return fail(`was stopped after ${timeoutMs} ms`);
      if (code !== 0)
        return fail(`exited with ${code}: ${complaint.slice(0, COMPLAINT_CHARACTERS_MAX).trim()}`);
      const whole = new Uint8Array(bytes);
      let at = 0;
      for (const chunk of written) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      resolve(new TextDecoder().decode(whole));
    });
    child.stdin.end(utf8ToBytes(input));
  });
}

/** The JSON that a program wrote. @throws AivmError `malformed` */
function parseAnswer(text: string, program: string): JsonValue {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new AivmError('malformed', `${program}: what it wrote is not JSON`, { cause });
  }
}

/**
 * Answers tasks of opaque models with a program: it reads the input as JSON on stdin and writes the output as JSON to
 * stdout. Its answer becomes canonical JSON, so programs that agree but for spaces and the order of members agree. The
 * variables AIVM_MODEL and AIVM_TASK name what it runs.
 * @example createCommandBackend({ program: 'python3', args: ['model.py'], nowMs: () => performance.now() })
 */
export function createCommandBackend(options: CommandBackendOptions): ComputeBackend {
  const { program, args = [], timeoutMs = TIMEOUT_MS, outputBytesMax = OUTPUT_BYTES_MAX, nowMs } = options;
  return {
    name: `command ${program}`,
    supports: ({ checkClass }) => checkClass === 'opaque',
    run: async ({ taskId, model, input }: Job, { signal }) => {
      const shown = bytesToPayload(input, OPAQUE);
      const startedAtMs = nowMs();
      const env = { AIVM_MODEL: model.id, AIVM_TASK: taskId };
      const text = await runProgram(stringifyJson(shown.value), {
        program,
        args,
        timeoutMs,
        outputBytesMax,
        signal,
        env,
      });
      const output = canonicalizeJson(parseAnswer(text, program), 'output');
      return { output, computeTimeMs: Math.max(0, Math.round(nowMs() - startedAtMs)) };
    },
  };
}
