import { bytesToHex, ZERO_32 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { hashBlob } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openSender,
  withKey,
  withNode,
} from '../connection.ts';
import { summarizeNetwork } from '../network-summary.ts';
import { listOption } from '../option-parsers.ts';

const NO_BYTES = new Uint8Array(0);

interface PublishOptions extends NodeOptions, KeyOptions {
  readonly json?: boolean;
  readonly id?: string;
  readonly capabilities: readonly string[];
}

/** Registers a network, if that is not done, and gives its weights to the node. */
async function publish(directory: string, options: PublishOptions, context: CliContext): Promise<void> {
  const output = outputFor(context, options);
  const { readNetworkBlob, readNetworkFiles } = await import('@aivm/backends');
  const files = await readNetworkFiles(directory);
  const { name, header, headerBytes } = files;
  const { id = name } = options;
  const summary = summarizeNetwork(header);
  const blob = await readNetworkBlob(files);
  const hash = hashBlob(blob);
  const client = await openClient(options);
  const known = (await client.getModels({ signal: context.signal })).find((model) => model.id === id);
  if (known === undefined) {
    const sender = await openSender(options, context);
    const operation = {
      kind: 'registerModel',
      id,
      name,
      modelType: header.form,
      capabilities: [...options.capabilities],
      contextSize: header.maxT,
      parameters: String(summary.parameters),
      checkClass: CheckClass.int8Graph,
      deterministic: true,
      header: headerBytes,
      weights: NO_BYTES,
      weightHash: hash,
      licenseRoot: ZERO_32,
    } as const;
    const { height } = await sender.send(operation, { signal: context.signal });
    output.line(`registered ${id} in block ${height}`);
  } else if (bytesToHex(known.weight_hash) !== bytesToHex(hash)) {
    throw new AivmError(
      'id_taken',
      `model "${id}" has the weights 0x${bytesToHex(known.weight_hash)}; choose another --id`,
    );
  } else output.line(`${id} is registered`);
  await client.putBlob({ hash, model: id, bytes: blob }, { signal: context.signal });
  output.line(`the node keeps its weights, ${blob.length} bytes`);
  output.line(`serve it: aivm provider --id NAME --hold ${id}`);
  output.json({ id, weight_hash: `0x${bytesToHex(hash)}`, bytes: blob.length });
}

/** `aivm model publish` */
export const createPublish = (context: CliContext): Command =>
  withKey(
    withNode(
      createCommand(
        'publish',
        'Registers an integer network and gives its weights to the node. What is done already is not done again.',
        'aivm model publish models/story --dev 0',
      ),
    ),
  )
    .argument('<directory>', 'a directory with NAME.header and NAME.blob')
    .option('--id <id>', 'id of the model; NAME when left out')
    .option('--capabilities <list>', 'comma-separated', listOption, [])
    .action((directory: string, options: PublishOptions) => publish(directory, options, context));
