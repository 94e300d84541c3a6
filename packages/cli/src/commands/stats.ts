import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { toWire } from '../show.ts';

/** `aivm stats` */
export const createStatsCommand = (context: CliContext): Command =>
  withNode(createCommand('stats', 'The chain in numbers.', 'aivm stats')).action(
    async (options: NodeOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      const stats = await (await openClient(options)).getStats({ signal: context.signal });
      for (const [name, value] of Object.entries(stats)) {
        output.line(`${name.replaceAll('_', ' ').padEnd(20)}${String(value)}`);
      }
      output.json(await toWire('getStats', stats));
    },
  );
