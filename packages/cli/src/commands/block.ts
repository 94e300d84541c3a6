import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { formatTable } from '../output.ts';
import { toHex, toWire } from '../show.ts';

const createGet = (context: CliContext): Command =>
  withNode(createCommand('get', 'One block: by height, by id, or "latest".', 'aivm block get latest'))
    .argument('[ref]', 'height, id (CB58 or hex) or "latest"', 'latest')
    .action(async (ref: string, options: NodeOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      const { bytesToCb58 } = await import('@aivm/sdk');
      const client = await openClient(options);
      const block = await client.getBlock(ref, { signal: context.signal });
      output.line(`block      ${block.height}`);
      output.line(`id         ${bytesToCb58(block.id)}`);
      output.line(`parent     ${bytesToCb58(block.parentID)}`);
      output.line(`time       ${block.timestamp}`);
      output.line(`state      ${toHex(block.header.stateRoot)}`);
      output.line(`receipts   ${block.header.receiptCount}, root ${toHex(block.merkleRoot)}`);
      if (block.transactions.length > 0) {
        const rows = block.transactions.map(({ hash, sender, kind, code }) => [
          toHex(hash),
          toHex(sender),
          kind,
          code === '' ? 'ok' : code,
        ]);
        output.line(formatTable(['transaction', 'sender', 'operation', 'outcome'], rows));
      }
      output.json(await toWire('getBlock', block));
    });

/** `aivm block get` */
export const createBlockCommand = (context: CliContext): Command =>
  createGroup('block', 'Accepted blocks.').addCommand(createGet(context));
