import { readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';
import type { Development, DevelopmentState } from '@aivm/sdk';
import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { addressOption, durationOption, integerOption } from '../option-parsers.ts';
import { toHex } from '../show.ts';

const BLOCKS_MAX = 100_000;
const TIMESTAMP_MAX = 253_402_300_799;

type Options = NodeOptions & { readonly json?: boolean };

const describe = ({ height, timestamp, automine, snapshots }: DevelopmentState): string =>
  [
    `height ${height}, ${new Date(timestamp * 1_000).toISOString()}`,
    automine ? 'blocks are made by themselves' : 'blocks are made on demand',
    snapshots.length === 0 ? 'no snapshots' : `snapshots ${snapshots.join(', ')}`,
  ].join('; ');

/** A command that changes the chain and shows where it stands then. */
function change<T = unknown>(
  context: CliContext,
  command: Command,
  run: (
    chain: Development,
    argument: T,
    options: Options & Record<string, unknown>,
  ) => Promise<DevelopmentState>,
): Command {
  return withNode(command).action(async (...args: unknown[]) => {
    const own = args.at(-1) as Command;
    const options = own.optsWithGlobals<Options & Record<string, unknown>>();
    const { createDevelopment } = await import('@aivm/sdk');
    const output = outputFor(context, options);
    const argument = (args.length > 2 ? args[0] : undefined) as T;
    const state = await run(createDevelopment(await openClient(options)), argument, options);
    output.line(describe(state));
    output.json(state);
  });
}

const createSnapshot = (context: CliContext): Command =>
  withNode(
    createCommand('snapshot', 'Remembers the chain as it is, until the node stops.', 'aivm dev snapshot'),
  ).action(async (_: unknown, command: Command) => {
    const options = command.optsWithGlobals<Options>();
    const { createDevelopment } = await import('@aivm/sdk');
    const output = outputFor(context, options);
    const taken = await createDevelopment(await openClient(options)).snapshot();
    output.line(
      `snapshot ${taken.snapshot} of height ${taken.height}; back: aivm dev revert ${taken.snapshot}`,
    );
    output.json(taken);
  });

const createSendAs = (context: CliContext): Command =>
  withNode(
    createCommand(
      'send-as',
      'Carries an operation as if the account had signed it, whoever has its key.',
      'aivm dev send-as 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 transfer.json',
    ),
  )
    .argument('<address>', 'the account', addressOption)
    .argument('<file>', 'JSON: {"kind": "transfer", "to": "0x…", "amount": "1"}')
    .action(async (from: Uint8Array, file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { createDevelopment, decodeJson, operationSchema, parseJson } = await import('@aivm/sdk');
      const output = outputFor(context, options);
      const text = await readFile(file, 'utf8').catch((cause: unknown) => {
        throw new AivmError('not_found', `no operation at ${file}`, { cause });
      });
      const operation = decodeJson(operationSchema, parseJson(text), 'operation');
      const sent = await createDevelopment(await openClient(options)).sendAs(from, operation);
      const outcome = sent.code === '' ? 'took effect' : `${sent.code}: ${sent.detail}`;
      output.line(`${toHex(sent.hash)} in block ${sent.height}: ${outcome}`);
      output.json({ ...sent, hash: toHex(sent.hash) });
      if (sent.code !== '') context.setExitCode(1);
    });

/** `aivm dev status|snapshot|revert|mine|time|automine|forward|send-as` */
export const createDevCommand = (context: CliContext): Command =>
  createGroup('dev', 'Time and blocks of a development chain (aivm devnet) in your hands.')
    .addCommand(
      change(context, createCommand('status', 'Where the chain stands.', 'aivm dev status'), (chain) =>
        chain.state(),
      ),
    )
    .addCommand(createSnapshot(context))
    .addCommand(
      change(
        context,
        createCommand(
          'revert',
          'Goes back to a snapshot; it and later ones are gone.',
          'aivm dev revert 1',
        ).argument('<snapshot>', 'its number', integerOption(1, Number.MAX_SAFE_INTEGER)),
        (chain, snapshot: number) => chain.revert(snapshot),
      ),
    )
    .addCommand(
      change(
        context,
        createCommand('mine', 'Makes blocks at once, also empty ones.', 'aivm dev mine 100 --apart 1m')
          .argument('[blocks]', 'how many', integerOption(1, BLOCKS_MAX), 1)
          .option('--apart <duration>', 'time from one to the next; whole seconds', durationOption, 0),
        (chain, blocks: number, { apart }) =>
          chain.mine(blocks, { seconds: Math.floor((apart as number) / 1_000) }),
      ),
    )
    .addCommand(
      change(
        context,
        createCommand(
          'time',
          'Sets the time of the next block, or adds to it.',
          'aivm dev time --add 24h\naivm dev time --set 1900000000',
        )
          .option('--add <duration>', 'whole seconds', durationOption)
          .option('--set <seconds>', 'seconds since 1970', integerOption(0, TIMESTAMP_MAX)),
        (chain, _, { add, set }) => {
          if (typeof set === 'number') return chain.setTime(set);
          return chain.increaseTime(Math.floor(((add as number | undefined) ?? 0) / 1_000));
        },
      ),
    )
    .addCommand(
      change(
        context,
        createCommand('automine', 'Whether blocks are made by themselves.', 'aivm dev automine off').argument(
          '<on|off>',
          'off: only aivm dev mine and forward make blocks',
          (text: string) => {
            if (text !== 'on' && text !== 'off')
              throw new AivmError('malformed', `"${text}": expected on or off`);
            return text === 'on';
          },
        ),
        (chain, enabled: boolean) => chain.setAutomine(enabled),
      ),
    )
    .addCommand(
      change(
        context,
        createCommand(
          'forward',
          'Makes blocks until the window of a result, or the deadline of a task, is over.',
          'aivm dev forward t-1',
        ).argument('<task>', 'id of the task'),
        (chain, task: string) => chain.forward(task),
      ),
    )
    .addCommand(createSendAs(context));
