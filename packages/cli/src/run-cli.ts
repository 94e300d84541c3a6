import type { AivmError } from '@aivm/core/errors';
import { Command, CommanderError } from 'commander';
import {
  type CliContext,
  EXIT_INTERRUPTED,
  EXIT_REFUSED,
  EXIT_USAGE,
  InterruptedError,
  UsageError,
} from './cli-context.ts';
import { COMMANDS } from './command-table.ts';
import { plainText } from './plain-text.ts';
import { VERSION_TEXT } from './version-text.ts';

/** The program, and the command line as it is once a configuration file stands in it. */
async function createProgram(
  args: readonly string[],
  context: CliContext,
): Promise<{ readonly program: Command; readonly words: readonly string[] }> {
  const program = new Command('aivm')
    .description(
      'A virtual machine that lets any chain buy AI computation and know that the answer is right.',
    )
    .version(VERSION_TEXT)
    .addHelpText(
      'after',
      '\nExample:\n  aivm demo\n\n`aivm COMMAND --help` shows the options and an example.\n',
    );
  const named = args[0] === 'help' ? args[1] : args[0];
  let words = args;
  for (const entry of COMMANDS) {
    if (entry.name !== named) {
      program.command(entry.name).description(entry.summary);
      continue;
    }
    const command = (await entry.load(context)).summary(entry.summary);
    program.addCommand(command);
    // Read only where a file is named: commands that need no node start without what such files are checked by.
    if (args[0] !== named || !args.some((arg) => arg.startsWith('--config'))) continue;
    const { expandConfig } = await import('./config/config-file.ts');
    words = [named, ...(await expandConfig(command, args.slice(1), context.env))];
  }
  prepare(program, context);
  return { program, words };
}

/** Makes commander throw instead of exiting, and write to the context's sinks; subcommands too. */
function prepare(command: Command, context: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void context.stdout.write(text),
    writeErr: (text) => void context.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: (?!usage)/, 'error: usage: ')),
  });
  for (const child of command.commands) prepare(child, context);
}

/** Whether an error is a rejection with a code. Asked by shape: the core is not loaded only to print a version. */
const isAivmError = (error: unknown): error is AivmError =>
  error instanceof Error && 'exitCode' in error && 'detail' in error;

/** Prints an error for people and gives the exit code that belongs to it. */
export function reportError(error: unknown, context: Pick<CliContext, 'stderr' | 'env'>): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof InterruptedError) return EXIT_INTERRUPTED;
  const print = (code: string, detail: string) => {
    context.stderr.write(`error: ${code}: ${plainText(detail)}\n`);
    if (context.env.AIVM_DEBUG === '1' && error instanceof Error) context.stderr.write(`${error.stack}\n`);
  };
  if (error instanceof UsageError) {
    print('usage', error.message);
    return EXIT_USAGE;
  }
  if (isAivmError(error)) {
    print(error.code, error.detail);
    return error.exitCode;
  }
  print('internal', error instanceof Error ? error.message : String(error));
  return EXIT_REFUSED;
}

/** Runs one command line and gives its exit code; never throws. */
export async function runCli(
  args: readonly string[],
  surroundings: Omit<CliContext, 'setExitCode'>,
): Promise<number> {
  let exitCode = 0;
  const context: CliContext = {
    ...surroundings,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  try {
    const { program, words } = await createProgram(args, context);
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT_USAGE;
    }
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (surroundings.signal.aborted && (error as Error).name === 'AbortError') return EXIT_INTERRUPTED;
    return reportError(error, context);
  }
}
