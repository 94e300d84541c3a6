import { TIMESTAMP_MAX } from '../../block/block.ts';
import { ZERO_32 } from '../../bytes/bytes.ts';
import { bytesToHex, hexToBytes, isHex } from '../../bytes/hex.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { type Config, DefaultConfig, parseConfig } from '../../state/config.ts';
import type { Params } from '../../state/params.ts';
import { MODEL_CLASS_NAMES, modelClassNamed } from '../models/model-classes.ts';
import type { Genesis } from './genesis.ts';
import {
  addressField,
  amountField,
  integerField,
  listField,
  objectField,
  refuse,
  textField,
  uintField,
} from './genesis-fields.ts';
import { type GenesisModel, genesisModels } from './genesis-models.ts';
import { parseAttestation } from './parse-attestation.ts';
import { parseParams } from './parse-params.ts';

/** The chain id of a development genesis that names none. */
export const DEFAULT_CHAIN_ID = 1337n;

const FIELDS = [
  'version',
  'message',
  'timestamp',
  'chainId',
  'config',
  'params',
  'allocations',
  'models',
  'attestation',
];
const U64_MAX = (1n << 64n) - 1n;
/** Of all allocations together: the other half of a u128 is for what epochs mint. */
const SUPPLY_MAX = (1n << 127n) - 1n;

function parseAllocations(json: unknown): ReadonlyMap<string, bigint> {
  const allocations = new Map<string, bigint>();
  let total = 0n;
  for (const [text, amount] of Object.entries(objectField(json, 'allocations'))) {
    const name = `allocations.${text}`;
    const address = `0x${bytesToHex(addressField(text, name))}`;
    if (allocations.has(address)) refuse(name, 'each address once');
    const value = amountField(amount, name, SUPPLY_MAX);
    total += value;
    allocations.set(address, value);
  }
  requireThat(total <= SUPPLY_MAX, 'config_refused', () => 'allocations: their sum is above 2^127 − 1');
  return allocations;
}

const hexField = (json: unknown, name: string): Uint8Array => {
  const text = textField(json ?? '', name);
  if (!isHex(text)) refuse(name, 'bytes in hex');
  return hexToBytes(text);
};

function parseModel(json: unknown, name: string): GenesisModel {
  const model = objectField(json, name, [
    'id',
    'name',
    'type',
    'capabilities',
    'contextSize',
    'parameters',
    'checkClass',
    'deterministic',
    'header',
    'weights',
    'weightHash',
    'licenseRoot',
  ]);
  const modelClass = modelClassNamed(model.checkClass ?? 'opaque');
  if (modelClass === undefined)
    refuse(`${name}.checkClass`, MODEL_CLASS_NAMES.map((known) => `"${known}"`).join(' or '));
  const deterministic = model.deterministic ?? modelClass.isComparable({ deterministic: false });
  if (typeof deterministic !== 'boolean') refuse(`${name}.deterministic`, 'true or false');
  const hash = (field: unknown, of: string): Uint8Array => {
    const bytes = field === undefined ? ZERO_32 : hexField(field, `${name}.${of}`);
    if (bytes.length !== 32) refuse(`${name}.${of}`, '32 bytes in hex');
    return bytes;
  };
  return {
    kind: 'registerModel',
    id: textField(model.id, `${name}.id`),
    name: textField(model.name ?? model.id, `${name}.name`),
    modelType: textField(model.type ?? 'model', `${name}.type`),
    capabilities: listField(model.capabilities ?? [], `${name}.capabilities`).map((item, i) =>
      textField(item, `${name}.capabilities[${i}]`),
    ),
    contextSize: integerField(model.contextSize ?? 0, `${name}.contextSize`, 2 ** 32 - 1),
    parameters: textField(model.parameters ?? '', `${name}.parameters`),
    checkClass: modelClass.number,
    deterministic,
    header: hexField(model.header, `${name}.header`),
    weights: hexField(model.weights, `${name}.weights`),
    weightHash: hash(model.weightHash, 'weightHash'),
    licenseRoot: hash(model.licenseRoot, 'licenseRoot'),
  };
}

/** Two chains with one id are one to a wallet that only looks at the id, so only development chains share a default. */
function parseChainId(json: unknown, { development }: Pick<Params, 'development'>): bigint {
  if (json !== undefined) return uintField(json, 'genesis.chainId', U64_MAX);
  if (!development)
    refuse('genesis.chainId', 'an integer: only a chain with params.development may leave it out');
  return DEFAULT_CHAIN_ID;
}

/**
 * A genesis from parsed JSON. The Go service's three fields and a chain id are enough: the rest takes defaults. Integers
 * may be numbers, bigints or decimal text. A chain that is `params.development` is warned where others are refused.
 * @throws AivmError `config_refused` that names the field.
 */
export function parseGenesis(json: unknown, defaults: Config = DefaultConfig()): Genesis {
  const genesis = objectField(json, 'genesis', FIELDS);
  const params = parseParams(genesis.params ?? {});
  return {
    version: integerField(genesis.version ?? 1, 'genesis.version', 2 ** 32 - 1),
    message: textField(genesis.message ?? '', 'genesis.message'),
    timestamp: integerField(genesis.timestamp ?? 0, 'genesis.timestamp', TIMESTAMP_MAX),
    chainId: parseChainId(genesis.chainId, params),
    config: genesis.config === undefined ? defaults : parseConfig(genesis.config, defaults),
    params,
    attestation: parseAttestation(genesis.attestation ?? {}, 'genesis.attestation'),
    allocations: parseAllocations(genesis.allocations ?? {}),
    models:
      genesis.models === undefined
        ? genesisModels()
        : listField(genesis.models, 'genesis.models').map((model, i) =>
            parseModel(model, `genesis.models[${i}]`),
          ),
  };
}
