import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor, UsageError } from '../cli-context.ts';
import type { CommandEntry } from '../command-entry.ts';
import { isConfigured, readConfigFile } from '../config/config-file.ts';
import { createConfigSchema } from '../config/config-schema.ts';

/** The commands that take a configuration file. */
export const SERVICES: readonly string[] = ['node', 'abci', 'provider', 'watch', 'gateway'];

async function serviceOf(
  name: string,
  entries: readonly CommandEntry[],
  context: CliContext,
): Promise<Command> {
  const command = SERVICES.includes(name)
    ? await entries.find((entry) => entry.name === name)?.load(context)
    : undefined;
  if (command === undefined || !isConfigured(command))
    throw new UsageError(`"${name}" takes no configuration file; these do: ${SERVICES.join(', ')}`);
  return command;
}

/** `aivm config schema`, `aivm config check` */
export const createConfigCommand = (context: CliContext, entries: readonly CommandEntry[]): Command =>
  createGroup('config', 'Configuration files of services: JSON objects whose keys are the flags.')
    .addCommand(
      createCommand(
        'schema',
        'The JSON schema of the file that aivm SERVICE --config takes, for editors.',
        'aivm config schema node > node.schema.json',
      )
        .argument('<service>', SERVICES.join(', '))
        .action(async (name: string) => {
          const schema = createConfigSchema(await serviceOf(name, entries, context));
          context.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
        }),
    )
    .addCommand(
      createCommand(
        'check',
        'Reads a file as a service would, and says every fault of it; starts nothing.',
        'aivm config check provider provider.json',
      )
        .argument('<service>', SERVICES.join(', '))
        .argument('<file>', 'JSON')
        .action(async (name: string, file: string, options: { json?: boolean }) => {
          const output = outputFor(context, options);
          const flags = await readConfigFile(await serviceOf(name, entries, context), file);
          output.line(`${file}: aivm ${name} ${flags.join(' ')}`);
          output.json({ file, service: name, flags });
        }),
    );
