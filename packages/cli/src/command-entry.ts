import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';

/** A command of the first level; its module is loaded only when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: (context: CliContext) => Promise<Command>;
}
