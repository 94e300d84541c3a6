/** Seconds of processor time of this process. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export interface Rounds {
  readonly rounds: number;
  /** A round repeats the call until it took so long. */
  readonly seconds: number;
}

/**
 * The shortest of some rounds, in seconds of processor time for one call. Subjects use one thread each, so that what else
 * runs on the machine counts less.
 */
export async function secondsOf(call: () => unknown, { rounds, seconds }: Rounds): Promise<number> {
  await call();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startedAt = processorSeconds();
    let calls = 0;
    do {
      await call();
      calls++;
    } while (processorSeconds() - startedAt < seconds);
    best = Math.min(best, (processorSeconds() - startedAt) / calls);
  }
  return best;
}

/** Bytes that look random, the same everywhere. */
export const someBytes = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = Math.imul(i + 1, 0x9e3779b1) >>> 24;
  return bytes;
};
