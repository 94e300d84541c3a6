import { setTimeout as pause } from 'node:timers/promises';
import { type JsonValue, utf8ToBytes } from '@aivm/core/bytes';
import { bytesToPayload, canonicalizeJson, parseJson, stringifyJson } from '@aivm/sdk';
import { BackendError } from './backend-error.ts';
import type { ComputeBackend, Job } from './compute-backend.ts';
import { assertProgram, type ProgramOptions, startProgram } from './start-program.ts';

/** What a command backend runs. */
export interface CommandBackendOptions extends ProgramOptions {
  /** How long one run may take, milliseconds [120,000]. */
  readonly timeoutMs?: number;
  /** How much it may write, bytes [1 MiB]. */
  readonly outputBytesMax?: number;
  /** A monotonic clock; only the reported compute time depends on it. */
  readonly nowMs: () => number;
}

export const TIMEOUT_MS = 120_000;
export const OUTPUT_BYTES_MAX = 1_048_576;
/** How long output may still come after the program has ended. */
const DRAIN_MS = 1_000;
const OPAQUE = 0;

type Run = ProgramOptions & Required<Pick<CommandBackendOptions, 'timeoutMs' | 'outputBytesMax'>>;

/** Runs the program once. @returns what it wrote to stdout. @throws BackendError when it fails, is late or writes too much */
async function runProgram(input: string, run: Run, signal: AbortSignal): Promise<string> {
  const { program, timeoutMs, outputBytesMax } = run;
  signal.throwIfAborted();
  const running = startProgram(run);
  const { child } = running;
  const written: Uint8Array[] = [];
  let bytes = 0;
  let stopped: BackendError | undefined;
  const stop = (error?: BackendError): void => {
    stopped ??= error;
    running.kill();
  };
  const closed = new Promise<void>((resolve) => child.stdout.on('close', resolve));
  child.stdout.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > outputBytesMax)
      stop(new BackendError('tooMuch', `${program}: wrote more than ${outputBytesMax} bytes`));
    else written.push(chunk);
  });
  const timer = setTimeout(
    () => stop(new BackendError('late', `${program}: was stopped after ${timeoutMs} ms`)),
    timeoutMs,
  );
  const onAbort = (): void => stop();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    child.stdin.end(utf8ToBytes(input));
    const end = await running.ended;
    await Promise.race([closed, pause(stopped === undefined ? DRAIN_MS : 0, undefined, { ref: false })]);
    signal.throwIfAborted();
    if (stopped !== undefined) throw stopped;
    if (end !== 'exited with 0')
      throw new BackendError('failed', `${program}: ${end}: ${running.complaint()}`);
    return Buffer.concat(written).toString('utf8');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    // Whatever it left running ends with it.
    running.kill();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** The canonical bytes of the JSON that a program wrote. @throws BackendError */
export function answerBytes(value: () => JsonValue, program: string): Uint8Array {
  try {
    return canonicalizeJson(value(), 'output');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackendError('noJson', `${program}: ${reason}`, { cause });
  }
}

/** The input as a program reads it: JSON; what is none is a string of base64. */
export const inputText = (input: Uint8Array): string => stringifyJson(bytesToPayload(input, OPAQUE).value);

/**
 * Answers tasks of opaque models with a program: it reads the input as JSON on stdin and writes the output as JSON to
 * stdout. Its answer becomes canonical JSON, so programs that agree but for spaces and the order of members agree. The
 * variables AIVM_MODEL and AIVM_TASK name what it runs.
 * @example createCommandBackend({ program: 'python3', args: ['model.py'], nowMs: () => performance.now() })
 */
export function createCommandBackend(options: CommandBackendOptions): ComputeBackend {
  const { program, nowMs, timeoutMs = TIMEOUT_MS, outputBytesMax = OUTPUT_BYTES_MAX } = options;
  return {
    name: `command ${program}`,
    supports: ({ checkClass }) => checkClass === 'opaque',
    check: () => assertProgram(program),
    run: async ({ taskId, model, input }: Job, { signal }) => {
      const startedAtMs = nowMs();
      const env = { ...options.env, AIVM_MODEL: model.id, AIVM_TASK: taskId };
      const text = await runProgram(inputText(input), { ...options, env, timeoutMs, outputBytesMax }, signal);
      const output = answerBytes(() => parseJson(text), program);
      return { output, computeTimeMs: Math.max(0, Math.round(nowMs() - startedAtMs)) };
    },
  };
}
