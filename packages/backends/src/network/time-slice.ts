import { setImmediate } from 'node:timers/promises';

/** Long work gives others their turn after this many milliseconds. */
const SLICE_MS = 20;

/** A pause that is due only once a slice of time is used up, so that short steps cost nothing. */
export function createTimeSlice(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < SLICE_MS) return;
    await setImmediate();
    started = performance.now();
  };
}
