import { AivmError } from '../errors/aivm-error.ts';
import {
  ModeMultiPartyRedundant,
  ModeOptimistic,
  ModeTEEAttested,
  type VerificationMode,
} from './records/task.ts';

/** The seed's configuration, under its JSON names. Durations are Go duration text. */
export interface Config {
  readonly maxProvidersPerNode: number;
  readonly maxTasksPerProvider: number;
  readonly hostChainID: string;
  readonly verificationMode: VerificationMode;
  readonly challengeWindowBlocks: bigint;
  readonly redundancyFactor: number;
  readonly minProviderBond: bigint;
  readonly requireTEEAttestation: boolean;
  readonly minTrustScore: number;
  readonly attestationTimeout: string;
  readonly maxTaskQueueSize: number;
  readonly taskTimeout: string;
  readonly baseReward: bigint;
  readonly epochDuration: string;
  readonly merkleAnchorFreq: number;
}

const DEFAULT: Config = {
  maxProvidersPerNode: 100,
  maxTasksPerProvider: 10,
  hostChainID: 'primary',
  verificationMode: ModeOptimistic,
  challengeWindowBlocks: 100n,
  redundancyFactor: 3,
  minProviderBond: 10n ** 18n,
  requireTEEAttestation: false,
  minTrustScore: 50,
  attestationTimeout: '30s',
  maxTaskQueueSize: 1_000,
  taskTimeout: '5m',
  baseReward: 1_000_000_000n,
  epochDuration: '1h',
  merkleAnchorFreq: 100,
};

/** Configuration for any public chain. */
export const DefaultConfig = (): Config => ({ ...DEFAULT });

/** Configuration for a permissioned subnet that vets its hardware. */
export const DefaultPermissionedConfig = (): Config => ({
  ...DEFAULT,
  verificationMode: ModeTEEAttested,
  requireTEEAttestation: true,
  minTrustScore: 70,
});

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a Go duration such as "30s", "1h30m" or "1.5s"; whole milliseconds only.
 * @throws AivmError `config_refused` that names the field.
 */
export function parseDurationMs(text: string, name: string): number {
  const match = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text);
  let total = 0;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d+)(?:\.(\d+))?(ms|s|m|h)/g)) {
    const scale = 10 ** fraction.length;
    total +=
      ((Number(whole) * scale + Number(fraction === '' ? 0 : fraction)) * (UNIT_MS[unit] ?? 0)) / scale;
  }
  if (!match || !Number.isSafeInteger(total)) {
    throw new AivmError(
      'config_refused',
      `${name}: expected a duration such as "30s" or "1h30m", got "${text.slice(0, 40)}"`,
    );
  }
  return total;
}

type Check = (value: unknown, name: string) => unknown;

const integer =
  (min: number, max: number): Check =>
  (value, name) => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw new AivmError(
        'config_refused',
        `${name}: expected an integer ${min}…${max}, got ${String(value)}`,
      );
    }
    return number;
  };

const bigInteger =
  (min: bigint, max: bigint): Check =>
  (value, name) => {
    const isNumber = typeof value === 'number' && Number.isSafeInteger(value);
    const isText = typeof value === 'string' && /^\d{1,39}$/.test(value);
    const number = typeof value === 'bigint' ? value : isNumber || isText ? BigInt(value) : undefined;
    if (number === undefined || number < min || number > max) {
      throw new AivmError(
        'config_refused',
        `${name}: expected an integer ${min}…${max}, got ${String(value)}`,
      );
    }
    return number;
  };

const duration: Check = (value, name) => {
  if (typeof value !== 'string') throw new AivmError('config_refused', `${name}: expected a duration text`);
  const ms = parseDurationMs(value, name);
  if (ms < 1) throw new AivmError('config_refused', `${name}: expected more than zero, got "${value}"`);
  return value;
};

const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') throw new AivmError('config_refused', `${name}: expected true or false`);
  return value;
};

const U64_MAX = (1n << 64n) - 1n;

const CHECKS: Readonly<Record<keyof Config, Check>> = {
  maxProvidersPerNode: integer(1, 1_000_000),
  maxTasksPerProvider: integer(1, 256),
  hostChainID: (value, name) => {
    if (typeof value !== 'string' || value.length < 1 || value.length > 128) {
      throw new AivmError('config_refused', `${name}: expected 1–128 characters`);
    }
    return value;
  },
  verificationMode: integer(ModeOptimistic, ModeTEEAttested),
  challengeWindowBlocks: bigInteger(1n, 1_000_000n),
  redundancyFactor: integer(1, 15),
  minProviderBond: bigInteger(1n, U64_MAX),
  requireTEEAttestation: flag,
  minTrustScore: integer(0, 100),
  attestationTimeout: duration,
  maxTaskQueueSize: integer(1, 1_000_000),
  taskTimeout: duration,
  baseReward: bigInteger(0n, U64_MAX),
  epochDuration: duration,
  merkleAnchorFreq: integer(1, 1_000_000),
};

/**
 * A full configuration from partial JSON: what is left out takes its default.
 * @throws AivmError `config_refused` that names an unknown field or a value out of range.
 */
export function parseConfig(json: unknown, defaults: Config = DEFAULT): Config {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AivmError('config_refused', 'config: expected an object');
  }
  const config: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(CHECKS, name)) throw new AivmError('config_refused', `config.${name}: unknown field`);
    config[name] = CHECKS[name as keyof Config](value, `config.${name}`);
  }
  return config as unknown as Config;
}

/** The modes by name, as the command line and the explorer show them. */
export const VERIFICATION_MODE_NAMES: Readonly<Record<VerificationMode, string>> = {
  [ModeOptimistic]: 'optimistic',
  [ModeMultiPartyRedundant]: 'redundant',
  [ModeTEEAttested]: 'tee',
};
