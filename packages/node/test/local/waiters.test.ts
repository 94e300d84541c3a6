import { getEventListeners } from 'node:events';
import { platformClock } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { Waiters } from '../../src/local/waiters.ts';

const never = (): never => {
  throw new Error('timed out');
};

describe('Waiters', () => {
  it('settles all under a key, and no others', async () => {
    const waiters = new Waiters<number>({ clock: platformClock });
    const [a, b, c] = ['x', 'x', 'y'].map((key) => waiters.wait(key, {}, never)) as [
      Promise<number>,
      Promise<number>,
      Promise<number>,
    ];
    waiters.resolve('x', 1);
    expect(await Promise.all([a, b])).toEqual([1, 1]);
    waiters.reject('x', new Error('late'));
    waiters.rejectAll(new Error('end'));
    await expect(c).rejects.toThrow('end');
    expect(waiters.size).toBe(0);
  });

  it('ends by time and by signal, and leaves nothing behind', async () => {
    const waiters = new Waiters<number>({ clock: platformClock });
    expect(await waiters.wait('x', { timeoutMs: 1 }, () => 7)).toBe(7);
    await expect(waiters.wait('x', { timeoutMs: 1 }, never)).rejects.toThrow('timed out');
    const { signal, abort } = ((c) => ({ signal: c.signal, abort: () => c.abort(new Error('stop')) }))(
      new AbortController(),
    );
    const waiting = waiters.wait('x', { signal, timeoutMs: 10_000 }, never);
    const settled = waiters.wait('x', { signal }, never);
    waiters.resolve('x', 1);
    expect(await Promise.all([waiting, settled])).toEqual([1, 1]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const aborted = waiters.wait('x', { signal }, never);
    abort();
    await expect(aborted).rejects.toThrow('stop');
    await expect(waiters.wait('x', { signal }, never)).rejects.toThrow('stop');
    expect(waiters.size).toBe(0);
  });
});
