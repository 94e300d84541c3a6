import type { JsonValue } from '@aivm/core/bytes';
import { developmentAccounts, parseJson, stringifyJson } from '@aivm/sdk';

const FUNDS = '1000000000000000000000000';
/** A person who tries things out is slower than a program: the longest deadline there is. */
const DEADLINE_BLOCKS = 10_000;
/** Admission grows with the deadline: a tenth of the usual floor for ten times the usual time costs what it always does. */
const FEE_FLOOR = 100_000;

/** What a development chain starts from, as JSON text. */
export function createDevnetGenesis(options: {
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly blockTimeMs: number;
  /** How many development accounts start with money. */
  readonly accounts: number;
  /** JSON text of configuration fields that differ from the defaults. */
  readonly configText?: string;
}): string {
  const { timestamp, blockTimeMs, accounts, configText = '{}' } = options;
  const allocations = Object.fromEntries(
    developmentAccounts()
      .slice(0, accounts)
      .map(({ address }) => [address, FUNDS]),
  );
  const params = {
    minBlockIntervalMs: blockTimeMs,
    defaultDeadlineBlocks: DEADLINE_BLOCKS,
    maxDeadlineBlocks: DEADLINE_BLOCKS,
    feeFloor: FEE_FLOOR,
    development: true,
  };
  const genesis = {
    version: 1,
    message: 'AIVM devnet',
    timestamp,
    config: parseJson(configText),
    params,
    allocations,
  };
  return stringifyJson(genesis as JsonValue);
}
