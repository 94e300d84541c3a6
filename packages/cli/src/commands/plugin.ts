import { type Command, Option } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { LOG_LEVELS, type LogLevel } from '../node/stderr-log.ts';
import { integerOption } from '../option-parsers.ts';
import { installPlugin } from '../plugin/install-plugin.ts';
import { nodeThatStarted } from '../plugin/node-environment.ts';

const PROTOCOL_MAX = 0xffff_ffff;

interface PluginOptions {
  readonly protocolVersion?: number;
  readonly logLevel: LogLevel;
}

interface InstallOptions extends PluginOptions {
  readonly json?: boolean;
  readonly pluginDir: string;
}

async function run({ protocolVersion, logLevel }: PluginOptions, context: CliContext): Promise<void> {
  const { kind, engineAddress } = nodeThatStarted(context.env);
  const { startPlugin } = await import('@aivm/node/plugin');
  const { createStderrLog } = await import('../node/stderr-log.ts');
  const { AivmError } = await import('@aivm/core/errors');
  const log = createStderrLog(logLevel, context.stderr);
  const plugin = await startPlugin(kind, { engineAddress, protocolVersion, log });
  if ((await plugin.ended) === 'node-gone') {
    throw new AivmError(
      'unreachable',
      `the node at ${engineAddress} ended without saying so; the chain is closed`,
    );
  }
}

async function install(options: InstallOptions, context: CliContext): Promise<void> {
  const { pluginDir, protocolVersion, logLevel } = options;
  const { path, vmId } = await installPlugin({ pluginDir, protocolVersion, logLevel });
  const output = outputFor(context, options);
  output.line(`${path}: starts this AIVM as the plugin of the VM with id ${vmId}`);
  output.line('keep nothing else in that folder that is no plugin, and create a chain with this VM id');
  output.json({ event: 'installed', path, vmId });
}

const withOptions = (command: Command): Command =>
  command
    .option(
      '--protocol-version <number>',
      "the node's plugin protocol: 42 for Lux, 45 for Avalanche when left out (44: avalanchego v1.14.0 and v1.14.1, 45: v1.14.2, 46: v1.15.0)",
      integerOption(0, PROTOCOL_MAX),
    )
    .addOption(
      new Option('--log-level <level>', 'JSON lines on stderr').choices([...LOG_LEVELS]).default('info'),
    );

/** `aivm plugin` */
export const createPluginCommand = (context: CliContext): Command =>
  withOptions(
    createCommand(
      'plugin',
      'The chain of a Lux or Avalanche node, which starts this by itself: aivm plugin install tells it how.',
      'aivm plugin install --plugin-dir ~/.avalanchego/plugins',
    ),
  )
    .action((options: PluginOptions) => run(options, context))
    .addCommand(
      withOptions(
        createCommand(
          'install',
          'Writes the file that a node starts as the plugin: a script of two lines with absolute paths.',
          'aivm plugin install --plugin-dir ~/.avalanchego/plugins --protocol-version 46',
        ),
      )
        .requiredOption('--plugin-dir <dir>', "the node's folder of plugins")
        .action((_options: unknown, command: Command) =>
          install(command.optsWithGlobals<InstallOptions>(), context),
        ),
    );
