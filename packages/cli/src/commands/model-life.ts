import { ZERO_32 } from '@aivm/core/bytes';
import type { Command } from 'commander';
import { type CliContext, createCommand, UsageError } from '../cli-context.ts';
import { withKey, withNode } from '../connection.ts';
import { addressOption, bytesOption } from '../option-parsers.ts';
import { type OperationOptions, sendOperation } from './operation-command.ts';
import { readWeightsFile } from './weights-file.ts';

const HASH_BYTES = 32;
const NO_BYTES = new Uint8Array(0);

const commandOf = (name: string, summary: string, example: string): Command =>
  withKey(withNode(createCommand(name, summary, example))).argument('<id>', 'id of the model');

function hashOf(bytes: Uint8Array, option: string): Uint8Array {
  if (bytes.length !== HASH_BYTES)
    throw new UsageError(`${option}: expected ${HASH_BYTES} bytes of hex, got ${bytes.length}`);
  return bytes;
}

interface WeightsOptions extends OperationOptions {
  readonly weights?: string;
  readonly weightHash?: Uint8Array;
}

const createUpdateWeights = (context: CliContext): Command =>
  commandOf(
    'update-weights',
    'Replaces the weights of your model; open tasks keep those that they were submitted under.',
    'aivm model update-weights my-classifier --weights w2.bin --key owner.key',
  )
    .option('--weights <file>', 'int8-kernel: the 598 parameter bytes')
    .option('--weight-hash <hex>', "opaque: the owner's commitment to the weights", bytesOption)
    .action(async (id: string, options: WeightsOptions) => {
      const { weights, weightHash } = options;
      if ((weights === undefined) === (weightHash === undefined))
        throw new UsageError('give one of --weights FILE (int8-kernel) and --weight-hash HEX (opaque)');
      const operation = {
        kind: 'updateModelWeights',
        id,
        weights: weights === undefined ? NO_BYTES : await readWeightsFile(weights),
        weightHash: weightHash === undefined ? ZERO_32 : hashOf(weightHash, '--weight-hash'),
      } as const;
      await sendOperation({ operation, done: `updated the weights of ${id}` }, options, context);
    });

const createUpdateLicense = (context: CliContext): Command =>
  commandOf(
    'update-license',
    'Replaces the licence of your model.',
    'aivm model update-license my-llm 0x… --key owner.key',
  )
    .argument('<root>', 'the 32-byte root of the licence', bytesOption)
    .action((id: string, root: Uint8Array, options: OperationOptions) => {
      const operation = { kind: 'updateModelLicense', id, licenseRoot: hashOf(root, 'root') } as const;
      return sendOperation({ operation, done: `updated the licence of ${id}` }, options, context);
    });

const createTransfer = (context: CliContext): Command =>
  commandOf(
    'transfer',
    'Gives your model, its deposit included, to another account.',
    'aivm model transfer my-llm 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --key owner.key',
  )
    .argument('<owner>', 'the account that gets it', addressOption)
    .action(async (id: string, owner: Uint8Array, options: OperationOptions) => {
      const operation = { kind: 'transferModel', id, owner } as const;
      await sendOperation({ operation, done: `transferred ${id}` }, options, context);
    });

/** The commands that change a model which exists. */
export const createModelLifeCommands = (context: CliContext): readonly Command[] => [
  createUpdateWeights(context),
  createUpdateLicense(context),
  createTransfer(context),
];
