import type { BlockContext } from '../context/block-context.ts';
import { maxBigint, minBigint } from '../economy/money.ts';

/** 10 × fee, at least challengeBond, at most minProviderBond. */
const FEE_MULTIPLE = 10n;

/** The least bond that a challenge of a task with this fee stakes. */
export const challengeBondOf = (
  {
    params,
    config,
  }: {
    readonly params: Pick<BlockContext['params'], 'challengeBond'>;
    readonly config: Pick<BlockContext['config'], 'minProviderBond'>;
  },
  fee: bigint,
): bigint => minBigint(config.minProviderBond, maxBigint(params.challengeBond, FEE_MULTIPLE * fee));
