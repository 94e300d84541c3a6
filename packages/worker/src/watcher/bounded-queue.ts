/** A first-in first-out queue whose writers wait while it is full and whose readers wait while it is empty. */
export interface BoundedQueue<T> {
  /** Resolves once there was room; to false when the queue was closed. */
  push(value: T): Promise<boolean>;
  /** The oldest value; undefined once the queue is closed and empty. */
  take(): Promise<T | undefined>;
  close(): void;
}

/** A queue of at most `capacity` values. */
export function createBoundedQueue<T>(capacity: number): BoundedQueue<T> {
  const values: T[] = [];
  let isClosed = false;
  let wakeAll: (() => void)[] = [];
  const changed = () => new Promise<void>((resolve) => void wakeAll.push(resolve));
  const wake = () => {
    const waiting = wakeAll;
    wakeAll = [];
    for (const resolve of waiting) resolve();
  };
  return {
    push: async (value) => {
      while (!isClosed && values.length >= capacity) await changed();
      if (isClosed) return false;
      values.push(value);
      wake();
      return true;
    },
    take: async () => {
      while (values.length === 0 && !isClosed) await changed();
      const value = values.shift();
      wake();
      return value;
    },
    close: () => {
      isClosed = true;
      wake();
    },
  };
}
