import { Argument, type Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import type { CommandEntry } from '../command-entry.ts';
import { completionScript, SHELLS, type Shell, wordsOf } from '../completion-script.ts';

/** `aivm completion` */
export const createCompletionCommand = (context: CliContext, table: readonly CommandEntry[]): Command =>
  createCommand(
    'completion',
    'Prints the completion of this program for a shell, to be read when the shell starts.',
    'aivm completion bash > ~/.local/share/bash-completion/completions/aivm\naivm completion fish > ~/.config/fish/completions/aivm.fish',
  )
    .addArgument(new Argument('<shell>', 'whose completion').choices(SHELLS))
    .action(async (shell: Shell, options: { json?: boolean }) => {
      const output = outputFor(context, options);
      // A command of a package that is not installed has no words of its own.
      const loaded = await Promise.all(table.map(({ load }) => load(context).catch(() => undefined)));
      const names = table.map(({ name }) => name);
      const script = completionScript(
        shell,
        wordsOf(
          names,
          loaded.filter((command) => command !== undefined),
        ),
      );
      if (!output.isJson) context.stdout.write(script);
      output.json({ shell, script });
    });
