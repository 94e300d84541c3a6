import { AivmError } from '@aivm/core/errors';

/** Runs at most so many at once; the others wait in order of arrival. */
export interface Gate {
  /** @throws AivmError when too many wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createGate({
  runningMax,
  waitingMax,
  refuse = () => new AivmError('pool_full', `${waitingMax} writes wait already`),
}: {
  readonly runningMax: number;
  readonly waitingMax: number;
  /** The error thrown when the waiting list is full. */
  readonly refuse?: (() => AivmError) | undefined;
}): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    run: async (task) => {
      if (running >= runningMax) {
        if (waiting.length >= waitingMax) throw refuse();
        // A request that ends hands its place over, so `running` stays as it is.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else running++;
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
