import { sleep } from '@aivm/sdk';

/** Waits until the clock shows `timeMs`, in one timer. @throws the signal's reason when it is aborted. */
export async function sleepUntil(
  timeMs: number,
  { nowMs, signal }: { readonly nowMs: () => number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  const delayMs = timeMs - nowMs();
  if (delayMs > 0) await sleep(delayMs, signal);
}

/** The pause behind the failure of this number (0 = the first): doubled each time, up to a bound. Milliseconds. */
export const pauseAfterFailures = (
  failuresBefore: number,
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
): number => Math.min(mostMs, firstMs * 2 ** failuresBefore);
