import { ZERO_32 } from '@aivm/core/bytes';
import { CheckClass } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor, UsageError } from '../cli-context.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openSender,
  withKey,
  withNode,
} from '../connection.ts';
import { bytesOption, integerOption, listOption } from '../option-parsers.ts';
import { formatTable } from '../output.ts';
import { toWire } from '../show.ts';
import { createModelFileCommands } from './model-files.ts';
import { createModelLifeCommands } from './model-life.ts';
import { readWeightsFile } from './weights-file.ts';

const CONTEXT_MAX = 2 ** 32 - 1;
const HASH_BYTES = 32;
const NO_BYTES = new Uint8Array(0);

interface RegisterOptions extends NodeOptions, KeyOptions {
  readonly json?: boolean;
  readonly checkClass: 'int8-kernel' | 'opaque';
  readonly weights?: string;
  readonly weightHash?: Uint8Array;
  readonly name?: string;
  readonly type: string;
  readonly capabilities: readonly string[];
  readonly contextSize: number;
  readonly parameters: string;
  readonly deterministic?: boolean;
}

async function registration(id: string, options: RegisterOptions): Promise<OperationOf<'registerModel'>> {
  const isKernel = options.checkClass === 'int8-kernel';
  const { weightHash = ZERO_32 } = options;
  if (!isKernel && options.weightHash === undefined)
    throw new UsageError("an opaque model needs --weight-hash HEX, the owner's commitment to its weights");
  if (weightHash.length !== HASH_BYTES) throw new UsageError('--weight-hash: expected 32 bytes of hex');
  if (isKernel && options.weightHash !== undefined)
    throw new UsageError('an int8-kernel model computes its --weight-hash');
  return {
    kind: 'registerModel',
    id,
    name: options.name ?? id,
    modelType: options.type,
    capabilities: [...options.capabilities],
    contextSize: options.contextSize,
    parameters: options.parameters,
    checkClass: isKernel ? CheckClass.int8Kernel : CheckClass.opaque,
    deterministic: isKernel || options.deterministic === true,
    header: NO_BYTES,
    weights: isKernel ? await readWeightsFile(options.weights) : NO_BYTES,
    weightHash: isKernel ? ZERO_32 : weightHash,
    licenseRoot: ZERO_32,
  };
}

const createRegister = (context: CliContext): Command =>
  withKey(
    withNode(
      createCommand(
        'register',
        'Registers a model; its deposit is locked.',
        'aivm model register my-classifier --check-class int8-kernel --weights w.bin --dev 0\n' +
          'aivm model register my-llm --check-class opaque --type chat --capabilities chat,code --weight-hash 0x… --dev 0',
      ),
    ),
  )
    .argument('<id>', '1–64 of A–Z a–z 0–9 . _ : -')
    .addOption(
      new Option('--check-class <class>', 'how results can be judged')
        .choices(['int8-kernel', 'opaque'])
        .default('opaque'),
    )
    .option('--weights <file>', 'int8-kernel: the 598 parameter bytes')
    .option('--weight-hash <hex>', "opaque: the owner's commitment to the weights", bytesOption)
    .option('--name <text>', 'shown to people; the id when left out')
    .option('--type <text>', 'e.g. chat, classifier', 'model')
    .option('--capabilities <list>', 'comma-separated', listOption, [])
    .option('--context-size <n>', 'tokens or inputs', integerOption(0, CONTEXT_MAX), 0)
    .option('--parameters <text>', 'as people write it, e.g. 1.5B', '')
    .option('--deterministic', 'opaque: equal inputs give equal bytes')
    .action(async (id: string, options: RegisterOptions) => {
      const output = outputFor(context, options);
      const sender = await openSender(options, context);
      const { hash, height } = await sender.send(await registration(id, options), { signal: context.signal });
      output.line(`registered ${id} in block ${height}`);
      output.json({ id, hash, height });
    });

const createList = (context: CliContext): Command =>
  withNode(createCommand('list', 'All models.', 'aivm model list')).action(
    async (options: NodeOptions & { json?: boolean }) => {
      const output = outputFor(context, options);
      const models = await (await openClient(options)).getModels({ signal: context.signal });
      const rows = models.map(({ id, name, type, check_class, parameters }) => [
        id,
        name,
        type,
        check_class,
        parameters,
      ]);
      output.line(formatTable(['id', 'name', 'type', 'check class', 'parameters'], rows));
      output.json(await toWire('getModels', { models: [...models], count: models.length }));
    },
  );

/** `aivm model register|list|update-weights|update-license|transfer|inspect|run` */
export function createModelCommand(context: CliContext): Command {
  const group = createGroup('model', 'The registry of models.')
    .addCommand(createRegister(context))
    .addCommand(createList(context));
  for (const command of [...createModelLifeCommands(context), ...createModelFileCommands(context)])
    group.addCommand(command);
  return group;
}
