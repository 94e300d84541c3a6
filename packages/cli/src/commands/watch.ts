import type { WatcherEvent } from '@aivm/worker';
import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openWallet,
  withKey,
  withNode,
} from '../connection.ts';
import { integerOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';
import { toHex } from '../show.ts';

const CONCURRENCY_MAX = 64;

interface WatchOptions extends NodeOptions, KeyOptions {
  readonly json?: boolean;
  readonly concurrency: number;
}

/** One line about what a watcher saw; undefined for what people need not see. */
function describe(event: WatcherEvent): string | undefined {
  switch (event.kind) {
    case 'watching':
      return `watching from block ${event.after}; ${event.posted} results were waiting`;
    case 'mismatch':
      return `WRONG ${event.taskId} by ${event.provider}: posted ${toHex(event.posted)}, right is ${toHex(event.computed)}`;
    case 'challenged':
      return `challenged ${event.taskId} of ${event.provider} in block ${event.height}, bond ${event.bond}`;
    case 'unchallenged':
      return `not challenged: ${event.taskId} of ${event.provider}: ${event.code}`;
    case 'retrying':
      return `waiting: ${event.code}: ${event.detail}`;
    case 'confirmed':
    case 'unverifiable':
      return undefined;
  }
}

function report(output: Output, event: WatcherEvent): void {
  const text = describe(event);
  if (text !== undefined) output.line(text);
  output.json({ event: event.kind, ...event, kind: undefined });
}

/** `aivm watch` */
export const createWatchCommand = (context: CliContext): Command =>
  withKey(
    withNode(
      createCommand(
        'watch',
        'Re-runs every result that can be judged and challenges what is wrong, until Ctrl-C.',
        'aivm watch --dev 5\naivm watch --key watcher.key --node https://node.example:9650',
      ),
    ),
  )
    .option('--concurrency <n>', 'results judged at once', integerOption(1, CONCURRENCY_MAX), 4)
    .action(async (options: WatchOptions) => {
      const output = outputFor(context, options);
      const wallet = await openWallet(options, context);
      const client = await openClient(options);
      const { createSender } = await import('@aivm/sdk');
      const { createInt8Backend, createSdkNode, createSdkSender, runWatcher } = await import('@aivm/worker');
      await runWatcher(
        { concurrency: options.concurrency },
        {
          node: createSdkNode(client),
          sender: createSdkSender(createSender({ client, wallet })),
          backend: createInt8Backend({ nowMs: () => performance.now() }),
          report: (event) => report(output, event),
        },
        context.signal,
      );
      output.note('stopped; a restart judges whatever is still open');
    });
