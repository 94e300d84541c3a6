/** Long work gives others their turn after this many milliseconds. */
const SLICE_MS = 20;

/** Behind what waits already. Browsers have timers alone. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

/** A pause that is due only once a slice of time is used up, so that short steps cost nothing. */
export function createTimeSlice(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < SLICE_MS) return;
    await nextTurn();
    started = performance.now();
  };
}
