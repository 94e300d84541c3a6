import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor } from '../cli-context.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openSender,
  withKey,
  withNode,
} from '../connection.ts';
import { toWire } from '../show.ts';

const createStats = (context: CliContext): Command =>
  withNode(createCommand('stats', 'What a provider earned.', 'aivm rewards stats gpu-1'))
    .argument('<provider>', 'id of the provider')
    .action(async (provider: string, options: NodeOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      const stats = await (await openClient(options)).getRewardStats(provider, { signal: context.signal });
      for (const [name, value] of Object.entries(stats)) {
        output.line(`${name.replaceAll('_', ' ').padEnd(20)}${String(value)}`);
      }
      output.json(await toWire('getRewardStats', stats));
    });

const createClaim = (context: CliContext): Command =>
  withKey(
    withNode(
      createCommand(
        'claim',
        'Pays the rewards of closed epochs to the wallet; signed by operator or wallet.',
        'aivm rewards claim gpu-1 --key provider.key',
      ),
    ),
  )
    .argument('<provider>', 'id of the provider')
    .action(async (provider: string, options: NodeOptions & KeyOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      const before = await (await openClient(options)).getRewardStats(provider, { signal: context.signal });
      const sender = await openSender(options, context);
      const { hash, height } = await sender.send(
        { kind: 'claimRewards', provider },
        { signal: context.signal },
      );
      output.line(`claimed ${before.pending_rewards} in block ${height}`);
      output.json({ provider, claimed: String(before.pending_rewards), hash, height });
    });

/** `aivm rewards stats|claim` */
export const createRewardsCommand = (context: CliContext): Command =>
  createGroup('rewards', 'What providers earned.')
    .addCommand(createStats(context))
    .addCommand(createClaim(context));
