import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readOperator, requireProvider } from '../../state/read.ts';
import { type ProviderRecord, ProviderStatus } from '../../state/records/provider.ts';
import type { BlockContext } from '../context/block-context.ts';

/** The provider `id`, if `sender` operates it. @throws AivmError `provider_not_found`, `forbidden`. */
export function ownProvider(context: BlockContext, sender: Uint8Array, id: string): ProviderRecord {
  const provider = requireProvider(context.state, id);
  requireThat(
    equalBytes(provider.operator, sender),
    'forbidden',
    () => `another account operates provider "${id}"`,
  );
  return provider;
}

/** A seat asks for this part of minProviderBond: penalties do not move the lottery, a conviction reaches what is left. */
const SEAT_BOND_PART = 4n;

/** Whether a provider has the least bond for a seat; with less it stands in no list. */
export const coversSeat = (
  { config }: Pick<BlockContext, 'config'>,
  { bond }: Pick<ProviderRecord, 'bond'>,
): boolean => bond * SEAT_BOND_PART >= config.minProviderBond;

/** Refuses whatever an operator does for new work or votes once one of its providers was convicted. */
export const requireUnconvicted = ({ state }: BlockContext, { id, operator }: ProviderRecord): void =>
  requireThat(
    !readOperator(state, operator).convicted,
    'provider_slashed',
    () => `the operator of provider "${id}" was convicted`,
  );

/** Refuses a provider that was convicted, or has left or is leaving. */
export function requireActive(provider: ProviderRecord): void {
  requireThat(
    provider.status !== ProviderStatus.slashed,
    'provider_slashed',
    () => `provider "${provider.id}" was convicted`,
  );
  requireThat(
    provider.status === ProviderStatus.active,
    'wrong_state',
    () => `provider "${provider.id}" has left or is leaving`,
  );
}
