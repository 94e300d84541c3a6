import type { ComputeBackend, PersistentBackend } from '@aivm/worker';
import { type Command, Option } from 'commander';
import { type CliContext, UsageError } from './cli-context.ts';
import { durationOption } from './option-parsers.ts';

const BACKENDS = ['int8', 'command', 'openai'] as const;
const PROGRAM_TIMEOUT_MS = 120_000;

/** Options of every command that runs models. */
export interface BackendOptions {
  readonly backend: (typeof BACKENDS)[number];
  readonly program?: string;
  readonly arg: readonly string[];
  readonly programTimeout: number;
  readonly programPersistent?: boolean;
  readonly programEnv: readonly string[];
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly serverModel: readonly string[];
}

/** Adds `--backend` and what a command backend runs. */
export const withBackend = (command: Command): Command =>
  command
    .addOption(new Option('--backend <name>', 'what computes').choices([...BACKENDS]).default('int8'))
    .option('--program <program>', 'command backend: reads the input as JSON on stdin, writes JSON to stdout')
    .option(
      '--arg <argument>',
      'command backend: an argument of the program; may be repeated',
      (value: string, list: readonly string[]) => [...list, value],
      [],
    )
    .option(
      '--program-timeout <duration>',
      'command and openai backends: how long a run may take',
      durationOption,
      PROGRAM_TIMEOUT_MS,
    )
    .option(
      '--program-persistent',
      'command backend: start the program once; a line of JSON for each task, see docs/run-a-provider.md',
    )
    .option(
      '--program-env <name>',
      'command backend: a variable that the program sees too; may be repeated',
      (name: string, list: readonly string[]) => [...list, name],
      [],
    )
    .option(
      '--base-url <url>',
      'openai backend: an OpenAI-compatible server with its version, e.g. http://127.0.0.1:8080/v1 (llama.cpp, vLLM, Ollama)',
    )
    .option('--api-key-env <name>', 'openai backend: the variable that holds the key of that server')
    .option(
      '--server-model <model=name>',
      'openai backend: what the server calls a model of the chain; may be repeated',
      (pair: string, list: readonly string[]) => [...list, pair],
      [],
    );

/** The variables that a program sees besides the few that every program needs. @throws UsageError */
function namedVariables(names: readonly string[], env: CliContext['env']): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const value = env[name];
      if (value === undefined)
        throw new UsageError(`--program-env ${name}: the environment has no such variable`);
      return [name, value];
    }),
  );
}

/** The backend that the options name. @throws UsageError */
export async function openBackend(
  options: BackendOptions,
  { env }: Pick<CliContext, 'env'>,
): Promise<ComputeBackend> {
  if (options.backend === 'openai') return openOpenai(options, env);
  const { backend, program, arg: args, programTimeout: timeoutMs } = options;
  const nowMs = (): number => performance.now();
  const { createCommandBackend, createInt8Backend, createPersistentBackend } = await import('@aivm/worker');
  if (backend === 'int8') return createInt8Backend({ nowMs });
  if (program === undefined) throw new UsageError('--backend command needs --program PROGRAM');
  const run = { program, args, timeoutMs, nowMs, env: namedVariables(options.programEnv, env) };
  return options.programPersistent === true ? createPersistentBackend(run) : createCommandBackend(run);
}

const PAIR = /^([A-Za-z0-9_:.-]{1,64})=(.+)$/;

/** @throws UsageError */
async function openOpenai(options: BackendOptions, env: CliContext['env']): Promise<ComputeBackend> {
  const { baseUrl, apiKeyEnv, serverModel, programTimeout: timeoutMs } = options;
  if (baseUrl === undefined) throw new UsageError('--backend openai needs --base-url URL');
  const apiKey = apiKeyEnv === undefined ? undefined : env[apiKeyEnv];
  if (apiKeyEnv !== undefined && apiKey === undefined)
    throw new UsageError(`--api-key-env ${apiKeyEnv}: the environment has no such variable`);
  const names = new Map(
    serverModel.map((pair) => {
      const [, model, name] = PAIR.exec(pair) ?? [];
      if (model === undefined || name === undefined)
        throw new UsageError(`--server-model ${pair}: expected MODEL=NAME`);
      return [model, name];
    }),
  );
  const { createOpenaiBackend } = await import('@aivm/worker');
  try {
    return createOpenaiBackend({ baseUrl, apiKey, names, timeoutMs, nowMs: () => performance.now() });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`--base-url: ${error.message}`);
    throw error;
  }
}

/** Ends what a backend keeps running. */
export function closeBackend(backend: ComputeBackend): void {
  if ('close' in backend) (backend as PersistentBackend).close();
}
