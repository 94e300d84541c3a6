/**
 * Time as a client, a sender or a worker meets it, and the chance that keeps them from marching in step: the platform's,
 * or those of a simulation.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once, after `ms` milliseconds. @returns what takes that back */
  after(ms: number, run: () => void): () => void;
  /** A signal that is aborted after `ms` milliseconds; it keeps no process alive. */
  timeout(ms: number): AbortSignal;
  /** From 0 up to, not including, 1. */
  random(): number;
}

/**
 * The clock of the machine.
 * @example platformClock.now() > 1_700_000_000_000 // true
 */
export const platformClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  timeout: (ms) => AbortSignal.timeout(ms),
  random: () => Math.random(),
};
