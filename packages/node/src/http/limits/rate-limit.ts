/** Clients that are remembered at once; past it the ones that were full longest ago are forgotten first. */
const CLIENTS_MAX = 10_000;
/** A client that spent far more than it had is let in again after at most so many seconds. */
const DEBT_SECONDS_MAX = 60;

interface Bucket {
  tokens: number;
  updatedAtMs: number;
}

/** Lets a client through unless it asks for too much. */
export interface RateLimit {
  /** Takes one token. Gives the seconds after which to come again, 0 when the request may pass. */
  take(client: string, nowMs: number): number;
  /** Takes what a request that passed turned out to cost; more than there is becomes a debt. */
  charge(client: string, cost: number, nowMs: number): void;
}

/** One token bucket for each client: `perSecond` on average, `burst` at once. `perSecond` 0 lets everything pass. */
export function createRateLimit({
  perSecond,
  burst,
}: {
  readonly perSecond: number;
  readonly burst: number;
}): RateLimit {
  if (perSecond <= 0) return { take: () => 0, charge: () => undefined };
  const buckets = new Map<string, Bucket>();
  const tokensOf = (client: string, nowMs: number): number => {
    const known = buckets.get(client);
    if (known === undefined) return burst;
    const elapsed = Math.max(0, nowMs - known.updatedAtMs) / 1_000;
    return Math.min(burst, known.tokens + elapsed * perSecond);
  };
  const put = (client: string, tokens: number, nowMs: number): void => {
    // Moved to the end, so that the map is ordered by last use.
    buckets.delete(client);
    const oldest = buckets.size >= CLIENTS_MAX ? buckets.keys().next().value : undefined;
    if (oldest !== undefined) buckets.delete(oldest);
    buckets.set(client, { tokens, updatedAtMs: nowMs });
  };
  return {
    take: (client, nowMs) => {
      const tokens = tokensOf(client, nowMs);
      const passes = tokens >= 1;
      put(client, passes ? tokens - 1 : tokens, nowMs);
      return passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    },
    charge: (client, cost, nowMs) => {
      if (cost <= 0) return;
      const tokens = tokensOf(client, nowMs) - cost;
      put(client, Math.max(tokens, 1 - DEBT_SECONDS_MAX * perSecond), nowMs);
    },
  };
}
