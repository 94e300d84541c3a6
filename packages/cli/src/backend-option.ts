import type { ComputeBackend, PersistentBackend } from '@aivm/worker';
import { type Command, Option } from 'commander';
import { type CliContext, UsageError } from './cli-context.ts';
import { durationOption } from './option-parsers.ts';

const BACKENDS = ['int8', 'command'] as const;
const PROGRAM_TIMEOUT_MS = 120_000;

/** Options of every command that runs models. */
export interface BackendOptions {
  readonly backend: (typeof BACKENDS)[number];
  readonly program?: string;
  readonly arg: readonly string[];
  readonly programTimeout: number;
  readonly programPersistent?: boolean;
  readonly programEnv: readonly string[];
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
      'command backend: how long a run may take',
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
  const { backend, program, arg: args, programTimeout: timeoutMs } = options;
  const nowMs = (): number => performance.now();
  const { createCommandBackend, createInt8Backend, createPersistentBackend } = await import('@aivm/worker');
  if (backend === 'int8') return createInt8Backend({ nowMs });
  if (program === undefined) throw new UsageError('--backend command needs --program PROGRAM');
  const run = { program, args, timeoutMs, nowMs, env: namedVariables(options.programEnv, env) };
  return options.programPersistent === true ? createPersistentBackend(run) : createCommandBackend(run);
}

/** Ends what a backend keeps running. */
export function closeBackend(backend: ComputeBackend): void {
  if ('close' in backend) (backend as PersistentBackend).close();
}
