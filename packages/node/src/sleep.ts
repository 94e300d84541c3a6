/** Waits until the clock shows `timeMs`, in one timer. Rejects with the signal's reason. */
export function sleepUntil(
  timeMs: number,
  { nowMs, signal }: { readonly nowMs: () => number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const delayMs = timeMs - nowMs();
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    if (delayMs <= 0) {
      resolve();
      return;
    }
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
