/** Clients that are remembered at once; past it the ones that were full longest ago are forgotten first. */
const CLIENTS_MAX = 10_000;

interface Bucket {
  tokens: number;
  updatedAtMs: number;
}

/** Lets a client through unless it asks too often. */
export interface RateLimit {
  /** Seconds after which to come again, 0 when the request may pass. */
  take(client: string, nowMs: number): number;
}

/** One token bucket for each client: `perSecond` on average, `burst` at once. `perSecond` 0 lets everything pass. */
export function createRateLimit({
  perSecond,
  burst,
}: {
  readonly perSecond: number;
  readonly burst: number;
}): RateLimit {
  if (perSecond <= 0) return { take: () => 0 };
  const buckets = new Map<string, Bucket>();
  return {
    take: (client, nowMs) => {
      const known = buckets.get(client);
      const elapsed = known === undefined ? 0 : Math.max(0, nowMs - known.updatedAtMs) / 1_000;
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + elapsed * perSecond);
      // Moved to the end, so that the map is ordered by last use.
      buckets.delete(client);
      const oldest = buckets.size >= CLIENTS_MAX ? buckets.keys().next().value : undefined;
      if (oldest !== undefined) buckets.delete(oldest);
      const passes = tokens >= 1;
      buckets.set(client, { tokens: passes ? tokens - 1 : tokens, updatedAtMs: nowMs });
      return passes ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    },
  };
}
