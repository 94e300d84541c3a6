import { createInterface } from 'node:readline';
import type { JsonValue } from '@aivm/core/bytes';
import { parseJson } from '@aivm/sdk';
import { BackendError, backendErrorOf } from './backend-error.ts';
import {
  answerBytes,
  type CommandBackendOptions,
  inputText,
  OUTPUT_BYTES_MAX,
  TIMEOUT_MS,
} from './command-backend.ts';
import type { ComputeBackend } from './compute-backend.ts';
import { assertProgram, type Program, startProgram } from './start-program.ts';

/** A backend whose program runs until `close`. */
export interface PersistentBackend extends ComputeBackend {
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: JsonValue) => void;
  readonly reject: (error: BackendError) => void;
}

/** One life of the program, and the questions that it has not answered. */
interface Life {
  readonly program: Program;
  readonly waiting: Map<number, Waiting>;
}

/** Hands an answered line to the question with its number; what names none is ignored. */
function takeLine(line: string, { waiting }: Life, program: string): void {
  let answer: JsonValue;
  try {
    answer = parseJson(line);
  } catch {
    return;
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return;
  const { id, output, error } = answer as { id?: JsonValue; output?: JsonValue; error?: JsonValue };
  const one = typeof id === 'number' ? waiting.get(id) : undefined;
  if (one === undefined) return;
  waiting.delete(id as number);
  if (error !== undefined)
    one.reject(new BackendError('failed', `${program}: ${String(error).slice(0, 500)}`));
  else if (output === undefined)
    one.reject(new BackendError('noJson', `${program}: an answer without output`));
  else one.resolve(output);
}

/**
 * Answers tasks of opaque models with a program that is started once, so that a model is loaded once. Each line of its
 * stdin is a question, `{"id": 1, "model": "m", "task": "t", "input": …}`; it answers each with a line on stdout,
 * `{"id": 1, "output": …}` or `{"id": 1, "error": "…"}`, in any order. A program that ends, is late or writes a line
 * that is too long fails what it has in hand and is started anew for the next task.
 */
export function createPersistentBackend(options: CommandBackendOptions): PersistentBackend {
  const { program, nowMs, timeoutMs = TIMEOUT_MS, outputBytesMax = OUTPUT_BYTES_MAX } = options;
  let life: Life | undefined;
  let nextId = 1;

  const end = (ended: Life, error: BackendError): void => {
    if (life === ended) life = undefined;
    ended.program.kill();
    for (const { reject } of ended.waiting.values()) reject(error);
    ended.waiting.clear();
  };

  const begin = (): Life => {
    const begun: Life = { program: startProgram(options), waiting: new Map() };
    const { child, ended, complaint } = begun.program;
    let unfinished = 0;
    child.stdout.on('data', (chunk: Uint8Array) => {
      const newline = chunk.lastIndexOf(0x0a);
      unfinished = newline < 0 ? unfinished + chunk.length : chunk.length - newline - 1;
      if (unfinished > outputBytesMax)
        end(begun, new BackendError('tooMuch', `${program}: a line of more than ${outputBytesMax} bytes`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => takeLine(line, begun, program));
    ended.then(
      (how) => end(begun, new BackendError('failed', `${program}: ${how}: ${complaint()}`)),
      (error: unknown) => end(begun, backendErrorOf(error)),
    );
    return begun;
  };

  const ask = (question: Readonly<Record<string, string>>, input: string, signal: AbortSignal) => {
    life ??= begin();
    const asked = life;
    const id = nextId++;
    return new Promise<JsonValue>((resolve, reject) => {
      const forget = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        asked.waiting.delete(id);
      };
      const onAbort = (): void => {
        forget();
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => end(asked, new BackendError('late', `${program}: no answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
      signal.addEventListener('abort', onAbort, { once: true });
      asked.waiting.set(id, {
        resolve: (answer) => {
          forget();
          resolve(answer);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      });
      const { model, task } = question;
      const head = JSON.stringify({ id, model, task }).slice(0, -1);
      asked.program.child.stdin.write(`${head},"input":${input}}\n`);
    });
  };

  return {
    name: `persistent ${program}`,
    supports: ({ checkClass }) => checkClass === 'opaque',
    check: () => assertProgram(program),
    run: async ({ taskId, model, input }, { signal }) => {
      signal.throwIfAborted();
      const startedAtMs = nowMs();
      const answer = await ask({ model: model.id, task: taskId }, inputText(input), signal);
      const output = answerBytes(() => answer, program);
      return { output, computeTimeMs: Math.max(0, Math.round(nowMs() - startedAtMs)) };
    },
    close: () => {
      if (life !== undefined) end(life, new BackendError('failed', `${program}: is being stopped`));
    },
  };
}
