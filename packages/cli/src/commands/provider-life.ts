import type { Command } from 'commander';
import { type CliContext, createCommand, UsageError } from '../cli-context.ts';
import { openClient, withKey, withNode } from '../connection.ts';
import { addressOption, amountOption } from '../option-parsers.ts';
import { type OperationOptions, sendOperation } from './operation-command.ts';

const commandOf = (name: string, summary: string, example: string): Command =>
  withKey(withNode(createCommand(name, summary, example))).argument('<id>', 'id of the provider');

/** Options of the group, such as --node, belong to its commands as well. */
const optionsOf = <T>(command: Command): OperationOptions & T => command.optsWithGlobals();

const createAddBond = (context: CliContext): Command =>
  commandOf('add-bond', "Adds to a provider's bond.", 'aivm provider add-bond gpu-1 1e18 --key provider.key')
    .argument('<amount>', 'in the smallest unit, e.g. 1000000 or 5e18', amountOption)
    .action((id: string, amount: bigint, _: unknown, command: Command) =>
      sendOperation(
        { operation: { kind: 'addBond', id, amount }, done: `added ${amount} to the bond of ${id}` },
        optionsOf(command),
        context,
      ),
    );

const createUnbond = (context: CliContext): Command =>
  commandOf(
    'unbond',
    'Takes no new work; the bond can be withdrawn after the wait that the chain asks for.',
    'aivm provider unbond gpu-1 --key provider.key',
  ).action((id: string, _: unknown, command: Command) =>
    sendOperation(
      { operation: { kind: 'beginUnbond', id }, done: `${id} is unbonding` },
      optionsOf(command),
      context,
    ),
  );

const createWithdraw = (context: CliContext): Command =>
  commandOf(
    'withdraw',
    'Takes the bond home once unbonding is over.',
    'aivm provider withdraw gpu-1 --key provider.key',
  ).action((id: string, _: unknown, command: Command) =>
    sendOperation(
      { operation: { kind: 'withdrawBond', id }, done: `withdrew the bond of ${id}` },
      optionsOf(command),
      context,
    ),
  );

interface UpdateOptions {
  readonly payTo?: Uint8Array;
  readonly newEndpoint?: string;
  readonly leastFee?: bigint;
}

const createUpdate = (context: CliContext): Command =>
  commandOf(
    'update',
    'Changes where fees go, the endpoint or the least fee; what is not named stays.',
    'aivm provider update gpu-1 --new-endpoint https://gpu.example --key provider.key',
  )
    .option('--pay-to <address>', 'where fees and rewards go', addressOption)
    .option('--new-endpoint <url>', 'shown to people')
    .option('--least-fee <amount>', 'takes no cheaper task alone, from the next epoch on', amountOption)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<UpdateOptions>(command);
      const { payTo, newEndpoint, leastFee } = options;
      if (payTo === undefined && newEndpoint === undefined && leastFee === undefined)
        throw new UsageError('nothing to change: give --pay-to, --new-endpoint or --least-fee');
      const { gpuFromJson } = await import('@aivm/sdk');
      const now = await (await openClient(options)).getProvider(id, { signal: context.signal });
      const operation = {
        kind: 'updateProvider',
        id,
        walletAddress: payTo ?? now.wallet_address,
        endpoint: newEndpoint ?? now.endpoint,
        gpus: now.gpus.map(gpuFromJson),
        leastFee: leastFee ?? now.next_least_fee,
      } as const;
      await sendOperation({ operation, done: `updated ${id}` }, options, context);
    });

/** The commands that change a provider which exists. */
export const createProviderLifeCommands = (context: CliContext): readonly Command[] => [
  createUpdate(context),
  createAddBond(context),
  createUnbond(context),
  createWithdraw(context),
];
