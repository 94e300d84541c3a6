/** How long one request works before others get a turn, milliseconds. */
const SLICE_MS = 10;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Divides the work of one request: call the answer between its parts. It lets others have a turn when this request has
 * had the thread for a slice, and costs nothing else.
 */
export function createTimeSlice(sliceMs = SLICE_MS): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < sliceMs) return;
    await turn();
    since = performance.now();
  };
}
