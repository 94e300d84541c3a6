import { AivmError } from '../errors/aivm-error.ts';
import { ModeOptimistic, ModeTEEAttested, type VerificationMode } from './records/task.ts';

/** The Go service's configuration, under its JSON names. Durations are Go duration text. */
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

const UNIT_MS: Readonly<Record<string, bigint>> = { ms: 1n, s: 1_000n, m: 60_000n, h: 3_600_000n };
/** Length of a duration's text that the state keeps. */
const DURATION_TEXT_MAX = 64;
/** Ten years: far enough, and heights stay far from their bound. */
const DURATION_MS_MAX = 10 * 365 * 24 * 3_600_000;

function refuse(name: string, expected: string, got: unknown): never {
  const shown = typeof got === 'string' ? `"${got.slice(0, 40)}"` : String(got).slice(0, 40);
  throw new AivmError('config_refused', `${name}: expected ${expected}, got ${shown}`);
}

/**
 * Milliseconds of a Go duration such as "30s", "1h30m" or "1.5s"; whole milliseconds, at most ten years.
 * @throws AivmError `config_refused` that names the field.
 */
export function parseDurationMs(text: string, name: string): number {
  const isDuration = text.length <= DURATION_TEXT_MAX && /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text);
  if (!isDuration) refuse(name, 'a duration such as "30s" or "1h30m"', text);
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d+)(?:\.(\d+))?(ms|s|m|h)/g)) {
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction) * (UNIT_MS[unit] ?? 0n);
    if (scaled % scale !== 0n) refuse(name, 'whole milliseconds', text);
    total += scaled / scale;
  }
  if (total > BigInt(DURATION_MS_MAX)) refuse(name, 'at most ten years', text);
  return Number(total);
}

type Check = (value: unknown, name: string) => unknown;

/** An integer as number, bigint or decimal text. */
const bigInteger =
  (min: bigint, max: bigint): ((value: unknown, name: string) => bigint) =>
  (value, name) => {
    const isNumber = typeof value === 'number' && Number.isSafeInteger(value);
    const isText = typeof value === 'string' && /^\d{1,39}$/.test(value);
    const number = typeof value === 'bigint' ? value : isNumber || isText ? BigInt(value) : undefined;
    if (number === undefined || number < min || number > max) {
      refuse(name, `an integer ${min}…${max}`, value);
    }
    return number;
  };

const integer =
  (min: number, max: number): Check =>
  (value, name) =>
    Number(bigInteger(BigInt(min), BigInt(max))(value, name));

const duration: Check = (value, name) => {
  if (typeof value !== 'string') refuse(name, 'a duration such as "30s" or "1h30m"', value);
  if (parseDurationMs(value, name) < 1) refuse(name, 'more than zero', value);
  return value;
};

const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') refuse(name, 'true or false', value);
  return value;
};

const U64_MAX = (1n << 64n) - 1n;
const HOST_ID_LENGTH_MAX = 128;

const CHECKS: Readonly<Record<keyof Config, Check>> = {
  maxProvidersPerNode: integer(1, 1_000_000),
  maxTasksPerProvider: integer(1, 256),
  hostChainID: (value, name) => {
    const isName = typeof value === 'string' && value.length >= 1 && value.length <= HOST_ID_LENGTH_MAX;
    if (!isName) refuse(name, `1–${HOST_ID_LENGTH_MAX} characters`, value);
    return value;
  },
  verificationMode: integer(ModeOptimistic, ModeTEEAttested),
  challengeWindowBlocks: bigInteger(1n, 1_000_000n),
  redundancyFactor: integer(2, 8),
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
