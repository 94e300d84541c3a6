import { BLOCK_BYTES_MAX } from '../../block/block.ts';
import { LIMITS } from '../../state/limits.ts';
import { DEFAULT_PARAMS, type Params } from '../../state/params.ts';
import { objectField, refuse, uintField } from './genesis-fields.ts';

const U32_MAX = 2n ** 32n - 1n;
const U64_MAX = 2n ** 64n - 1n;
/** Of what an epoch mints: 2^32 epochs of it and the allocations fit a u128. */
const MINT_MAX = 2n ** 95n - 1n;
const U128_MAX = 2n ** 128n - 1n;

type Range = readonly [min: bigint, max: bigint];

/** Bounds of every numeric parameter; a value outside would break a codec or a promise of the protocol. */
const RANGES: Readonly<Record<Exclude<keyof Params, 'development'>, Range>> = {
  minBlockIntervalMs: [1n, U32_MAX],
  maxSkewMs: [0n, U32_MAX],
  workPrice: [0n, U64_MAX],
  maxBlockWork: [10_000n, U32_MAX],
  maxBlockBytes: [300_000n, BigInt(BLOCK_BYTES_MAX)],
  maxBlockTransactions: [1n, 100_000n],
  feeFloor: [0n, U64_MAX],
  seatFee: [0n, U64_MAX],
  feeBurnBasisPoints: [0n, 10_000n],
  maxInputBytes: [32n, BigInt(LIMITS.plainInputBytesMax)],
  maxOutputBytes: [1n, BigInt(LIMITS.outputBytesMax)],
  liabilityMultiple: [1n, 1_000_000n],
  penaltyMultiple: [0n, 1_000_000n],
  revealBlocks: [1n, 1_000_000n],
  maxOpenResults: [1n, U32_MAX],
  maxOpenSeats: [1n, 256n],
  commitGraceBlocks: [0n, 1_000_000n],
  drawSlackBlocks: [0n, 1_000_000n],
  maxAttempts: [1n, BigInt(LIMITS.attemptsMax)],
  minReputation: [0n, 10_000n],
  heartbeatBlocks: [1n, U32_MAX],
  unbondBlocks: [1n, 2n ** 40n],
  modelDeposit: [0n, U128_MAX],
  challengeBond: [0n, U64_MAX],
  // An operator that convicts itself through a second account must lose by it.
  challengerShareBasisPoints: [0n, 5_000n],
  defaultDeadlineBlocks: [1n, U32_MAX],
  maxDeadlineBlocks: [1n, U32_MAX],
  timerSlots: [1n, 65_536n],
  maxAssignmentsPerBlock: [1n, 10_000n],
  assignmentTriesPerBlock: [1n, 1_000_000n],
  epochRewardCap: [0n, MINT_MAX],
  rewardSubsidy: [0n, MINT_MAX],
  workUnitPrice: [0n, U64_MAX],
  workPerBlock: [1n, U64_MAX],
  maxOpenWork: [1n, U64_MAX],
  blobPrice: [0n, U64_MAX],
  moveBlocks: [1n, 1_000_000n],
  reserveBlocks: [0n, 1_000_000n],
  maxWitnessBytes: [1_024n, BigInt(LIMITS.witnessBytesMax)],
  disputeTimerSlots: [1n, 65_536n],
  kernelOpsPerBlock: [1n, 65_536n],
  holdNonceBlocks: [1n, 65_536n],
  maxHeldModels: [1n, BigInt(LIMITS.heldModelsMax)],
  maxGraphInputBytes: [32n, BigInt(LIMITS.inputBytesMax)],
};

/**
 * Parameters from partial JSON: what is left out takes its default.
 * @throws AivmError `config_refused` that names the parameter.
 */
export function parseParams(json: unknown): Params {
  const params: Record<string, unknown> = { ...DEFAULT_PARAMS };
  for (const [name, value] of Object.entries(objectField(json, 'params', Object.keys(DEFAULT_PARAMS)))) {
    if (name === 'development') {
      if (typeof value !== 'boolean') refuse('params.development', 'true or false');
      params[name] = value;
      continue;
    }
    const [min, max] = RANGES[name as keyof typeof RANGES];
    const number = uintField(value, `params.${name}`, max);
    if (number < min) refuse(`params.${name}`, `an integer ${min}…${max}`);
    params[name] = typeof DEFAULT_PARAMS[name as keyof Params] === 'bigint' ? number : Number(number);
  }
  return params as unknown as Params;
}
