import type { Config } from '../../state/config.ts';
import type { Params } from '../../state/params.ts';

/** A registered bond covers so many times what the dearest task may cost its provider. */
const COVER = 4n;

/**
 * The largest fee of a task: minProviderBond covers it four times, whatever multiple of it a lost result costs (its
 * reservation, or a penalty and a committee of 2M − 1 seats).
 */
export function largestFee(
  { minProviderBond, redundancyFactor }: Pick<Config, 'minProviderBond' | 'redundancyFactor'>,
  { liabilityMultiple, penaltyMultiple }: Pick<Params, 'liabilityMultiple' | 'penaltyMultiple'>,
): bigint {
  const seats = 2 * redundancyFactor - 1;
  const multiple = Math.max(liabilityMultiple, penaltyMultiple + seats, 1);
  return minProviderBond / (COVER * BigInt(multiple));
}
