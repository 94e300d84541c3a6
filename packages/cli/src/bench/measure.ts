import { availableParallelism, cpus } from 'node:os';

/** Where something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly runtime: string;
}

/** This machine, as reports name it. */
export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  runtime: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
});

/** What `run` gave, and its nanoseconds: the smaller one of wall and processor time, so that what other programs take is left out. */
export function timed<T>(run: () => T): readonly [ns: number, value: T] {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const value = run();
  const wall = (performance.now() - start) * 1e6;
  const { user, system } = process.cpuUsage(before);
  // Processor time is counted in steps that a short run may fall between.
  const busy = (user + system) * 1e3;
  return [busy > 0 ? Math.min(wall, busy) : wall, value];
}

/** What `run` resolved to, and its nanoseconds of wall time: for what waits on a disk, which is no processor time. */
export async function timedWall<T>(run: () => Promise<T>): Promise<readonly [ns: number, value: T]> {
  const start = performance.now();
  const value = await run();
  return [(performance.now() - start) * 1e6, value];
}

/** The middle value; of two middle ones the larger. 0 for none. */
export const medianOf = (times: readonly number[]): number =>
  times.toSorted((left, right) => left - right)[times.length >> 1] ?? 0;
