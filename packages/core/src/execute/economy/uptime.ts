import { readChain, readEpoch } from '../../state/read.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import type { StateReader } from '../../state/state-view.ts';

/** All due heartbeats came, in basis points. */
const UPTIME_WHOLE = 10_000;

/**
 * Basis points of the heartbeats due in the last closed epoch that came. The record's own `uptime` is of the epoch
 * before the provider's last heartbeat, so it says nothing once the provider has fallen silent.
 */
export function lastEpochUptime(state: StateReader, provider: ProviderRecord): number {
  const { epoch: open } = readChain(state);
  if (provider.heartbeatEpoch === open) return provider.uptime;
  if (provider.heartbeatEpoch + 1n !== open) return 0;
  const due = readEpoch(state, provider.heartbeatEpoch)?.heartbeatsDue ?? 0;
  if (provider.heartbeats >= due) return UPTIME_WHOLE;
  return Math.floor((provider.heartbeats * UPTIME_WHOLE) / due);
}
