const NANOSECONDS = 1_000_000_000n;
const U64_MAX = (1n << 64n) - 1n;

/** Unix seconds in the kernels' unit; what lies past the year 2554 is that year's end. */
export function secondsToNanoseconds(seconds: number): bigint {
  const nanoseconds = BigInt(seconds) * NANOSECONDS;
  return nanoseconds < U64_MAX ? nanoseconds : U64_MAX;
}
