import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { hashBlob } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import type { Client, Sender } from '@aivm/sdk';
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

interface PublishOptions extends NodeOptions, KeyOptions {
  readonly json?: boolean;
  readonly id?: string;
  readonly capabilities: readonly string[];
}

/** What a publication did. */
export interface Published {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly bytes: number;
  /** Height of the block that registered it; undefined where it was registered before. */
  readonly height: number | undefined;
}

/** Registers a network, if that is not done, and gives its weights to the node. @throws AivmError `id_taken`, `not_found` */
export async function publishNetwork(
  directory: string,
  {
    client,
    openSender: open,
    signal,
    ...options
  }: {
    readonly client: Client;
    readonly openSender: () => Promise<Sender>;
    readonly signal: AbortSignal;
    readonly id?: string | undefined;
    readonly capabilities: readonly string[];
  },
): Promise<Published> {
  const { readNetworkBlob, readNetworkFiles } = await import('@aivm/backends');
  const files = await readNetworkFiles(directory);
  const { name, header, headerBytes } = files;
  const { id = name } = options;
  const blob = await readNetworkBlob(files);
  const hash = hashBlob(blob);
  const known = (await client.getModels({ signal })).find((model) => model.id === id);
  let height: number | undefined;
  if (known === undefined) {
    const operation = {
      kind: 'registerModel',
      id,
      name,
      modelType: header.form,
      capabilities: [...options.capabilities],
      contextSize: header.maxT,
      parameters: String(summarizeNetwork(header).parameters),
      checkClass: CheckClass.int8Graph,
      deterministic: true,
      header: headerBytes,
      weightHash: hash,
    } as const;
    height = (await (await open()).send(operation, { signal })).height;
  } else if (bytesToHex(known.weight_hash) !== bytesToHex(hash)) {
    throw new AivmError(
      'id_taken',
      `model "${id}" has the weights 0x${bytesToHex(known.weight_hash)}; choose another --id`,
    );
  }
  await client.putBlob({ hash, model: id, bytes: blob }, { signal });
  return { id, hash, bytes: blob.length, height };
}

async function publish(directory: string, options: PublishOptions, context: CliContext): Promise<void> {
  const output = outputFor(context, options);
  const { id, hash, bytes, height } = await publishNetwork(directory, {
    client: await openClient(options),
    openSender: () => openSender(options, context),
    signal: context.signal,
    id: options.id,
    capabilities: options.capabilities,
  });
  output.line(height === undefined ? `${id} is registered` : `registered ${id} in block ${height}`);
  output.line(`the node keeps its weights, ${bytes} bytes`);
  output.line(`serve it: aivm provider --id NAME --hold ${id}`);
  output.json({ id, weight_hash: `0x${bytesToHex(hash)}`, bytes });
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
