import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { VERSION_TEXT } from '../version-text.ts';

/** `aivm version` */
export const createVersionCommand = (context: CliContext): Command =>
  createCommand('version', 'Prints the version of the virtual machine.', 'aivm version').action(
    (options: { json?: boolean }) => {
      const output = outputFor(context, options);
      if (!output.isJson) output.line(VERSION_TEXT);
      output.json({ version: VERSION_TEXT });
    },
  );
