import { sleep } from '@aivm/sdk';
import { useEffect, useRef, useState } from 'preact/hooks';
import { chain } from './use-chain.ts';

/** An answer of the node, or why there is none. What was answered before stays while a newer one is read. */
export interface Query<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
}

type Loader<T> = (signal: AbortSignal) => Promise<T>;

/** Between two reads of one thing. */
const PAUSE_MS = 800;

const untilVisible = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (!document.hidden || signal.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      document.removeEventListener('visibilitychange', wake);
      resolve();
    };
    document.addEventListener('visibilitychange', wake);
    signal.addEventListener('abort', wake, { once: true });
  });

/** Whether data may change with the next block. */
type IsLive<T> = boolean | ((data: T) => boolean);

async function readOn<T>(
  load: () => Loader<T>,
  isLive: () => IsLive<T>,
  report: (next: Query<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  let data: T | undefined;
  for (;;) {
    const height = chain.state.head?.height ?? 0;
    try {
      data = await load()(signal);
      report({ data, error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      report({ data, error: error instanceof Error ? error : new Error(String(error)) });
    }
    const live = isLive();
    if (live === false || (typeof live === 'function' && data !== undefined && !live(data))) return;
    await sleep(PAUSE_MS, signal);
    await chain.waitAbove(height, signal);
    await untilVisible(signal);
  }
}

/**
 * Reads something, and again after new blocks for as long as it is live and on the screen.
 *
 * @param key what it is; another key begins anew
 * @param load called with a signal that ends with the component
 */
export function useQuery<T>(key: string, load: Loader<T>, isLive: IsLive<T> = true): Query<T> {
  const [state, setState] = useState<Query<T> & { readonly key: string }>({
    key,
    data: undefined,
    error: undefined,
  });
  const loader = useRef(load);
  loader.current = load;
  const live = useRef(isLive);
  live.current = isLive;
  useEffect(() => {
    const abort = new AbortController();
    const report = (next: Query<T>): void => {
      if (!abort.signal.aborted) setState({ key, ...next });
    };
    readOn(
      () => loader.current,
      () => live.current,
      report,
      abort.signal,
    ).catch(() => undefined);
    return () => abort.abort();
  }, [key]);
  return state.key === key ? state : { data: undefined, error: undefined };
}
