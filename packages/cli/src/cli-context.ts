import { Command } from 'commander';
import { createOutput, type Output, type TextSink } from './output.ts';

/** What every command gets from the program around it. */
export interface CliContext {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Says that a clean stop may take so long; a second Ctrl-C ends the program all the same. */
  readonly allowStopMs?: ((timeoutMs: number) => void) | undefined;
  /** Sets the exit code of a command that ran to its end and whose answer is "no". */
  setExitCode(code: number): void;
}

/** The answer was "no" or something was refused. */
export const EXIT_REFUSED = 1;
/** The command line was wrong. */
export const EXIT_USAGE = 2;
/** A receipt file is consistent, but nobody said which block to trust. */
export const EXIT_UNANCHORED = 7;
/** Ctrl-C. */
export const EXIT_INTERRUPTED = 130;

/** The command line asks for something that makes no sense: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Thrown where a command stops because of Ctrl-C. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Throws {@link InterruptedError} once Ctrl-C was pressed. */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError('interrupted');
}

/** A command with `--json`, an example under its help, and errors that go through the program's one handler. */
export function createCommand(name: string, summary: string, example: string): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'one compact line of JSON for machines, as the last line of stdout')
    .addHelpText('after', `\nExample:\n  ${example.split('\n').join('\n  ')}\n`);
}

/** A group of subcommands without an action of its own. */
export const createGroup = (name: string, summary: string): Command => new Command(name).description(summary);

/** The output that a command's `--json` flag asks for. */
export const outputFor = (context: CliContext, options: { json?: boolean }): Output =>
  createOutput({ json: options.json === true, stdout: context.stdout, stderr: context.stderr });
