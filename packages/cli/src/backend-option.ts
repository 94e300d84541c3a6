import type { ComputeBackend } from '@aivm/worker';
import { type Command, Option } from 'commander';
import { UsageError } from './cli-context.ts';
import { durationOption } from './option-parsers.ts';

const BACKENDS = ['int8', 'openai', 'onnx', 'command'] as const;
const PROGRAM_TIMEOUT_MS = 120_000;

/** Options of every command that runs models. */
export interface BackendOptions {
  readonly backend: (typeof BACKENDS)[number];
  readonly program?: string;
  readonly arg: readonly string[];
  readonly programTimeout: number;
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
    );

/** The backend that the options name. @throws UsageError */
export async function openBackend(options: BackendOptions): Promise<ComputeBackend> {
  const { backend, program, arg: args, programTimeout: timeoutMs } = options;
  const nowMs = (): number => performance.now();
  const { createCommandBackend, createInt8Backend } = await import('@aivm/worker');
  if (backend === 'int8') return createInt8Backend({ nowMs });
  if (backend !== 'command') {
    throw new UsageError(`--backend ${backend} is not offered by this version; int8 and command are`);
  }
  if (program === undefined) throw new UsageError('--backend command needs --program PROGRAM');
  return createCommandBackend({ program, args, timeoutMs, nowMs });
}
