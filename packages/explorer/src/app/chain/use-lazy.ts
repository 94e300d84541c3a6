import { useEffect, useState } from 'preact/hooks';
import type { Query } from './use-query.ts';

/** What is computed once for a key; what was there before stays while the next one is made. */
export function useLazy<T>(key: string, make: () => Promise<T>): Query<T> {
  const [state, setState] = useState<Query<T>>({ data: undefined, error: undefined });
  useEffect(() => {
    let isHere = true;
    make().then(
      (data) => isHere && setState({ data, error: undefined }),
      (error: unknown) =>
        isHere &&
        setState({ data: undefined, error: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => {
      isHere = false;
    };
  }, [key]);
  return state;
}
