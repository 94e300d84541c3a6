import { ZERO_32 } from '../../bytes/bytes.ts';
import { hexToBytes } from '../../bytes/hex.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { CheckClass } from '../../state/records/model.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { WDBC_PARAMETERS_HEX } from './generated/wdbc-parameters.ts';

/** A model of the genesis block: what a registration carries. */
export type GenesisModel = OperationOf<'registerModel'>;

/** A language model behind somebody's API: nobody can check it, and its record says so. */
const opaque = (
  id: string,
  model: Pick<GenesisModel, 'name' | 'capabilities' | 'contextSize' | 'parameters'>,
): GenesisModel => ({
  kind: 'registerModel',
  id,
  modelType: 'chat',
  checkClass: CheckClass.opaque,
  deterministic: false,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: namedHash('Weights', utf8ToBytes(id)),
  licenseRoot: ZERO_32,
  ...model,
});

/** The models that a chain has when its genesis names none: the Go service's three, and a classifier that the chain can judge. */
export const genesisModels = (): readonly GenesisModel[] => [
  opaque('zen-coder-1.5b', {
    name: 'Zen Coder 1.5B',
    capabilities: ['code', 'chat', 'completion'],
    contextSize: 32_768,
    parameters: '1.5B',
  }),
  opaque('zen-mini-0.5b', {
    name: 'Zen Mini 0.5B',
    capabilities: ['chat', 'completion'],
    contextSize: 8_192,
    parameters: '0.5B',
  }),
  opaque('qwen3-8b', {
    name: 'Qwen3 8B',
    capabilities: ['chat', 'code', 'reasoning'],
    contextSize: 131_072,
    parameters: '8B',
  }),
  {
    kind: 'registerModel',
    id: 'wdbc-int8',
    name: 'Wisconsin breast cancer int8',
    modelType: 'classifier',
    capabilities: ['classification'],
    contextSize: 32,
    parameters: '545',
    checkClass: CheckClass.int8Kernel,
    deterministic: true,
    header: new Uint8Array(),
    weights: hexToBytes(WDBC_PARAMETERS_HEX),
    weightHash: ZERO_32,
    licenseRoot: ZERO_32,
  },
];
