import type { Clock } from '@aivm/sdk';

/** How long one request works before others get a turn, milliseconds. */
const SLICE_MS = 10;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Divides the work of one request: call the answer between its parts. It lets others have a turn when this request has
 * had the thread for a slice, and costs nothing else.
 */
export function createTimeSlice(clock: Pick<Clock, 'now'>, sliceMs = SLICE_MS): () => Promise<void> {
  let since = clock.now();
  return async () => {
    if (clock.now() - since < sliceMs) return;
    await turn();
    since = clock.now();
  };
}
