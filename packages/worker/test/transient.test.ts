import { AivmError } from '@aivm/core/errors';
import { expect, it } from 'vitest';
import { createBackoff } from '../src/backoff.ts';
import { retryTransient } from '../src/transient.ts';

const quick = () => createBackoff({ firstMs: 1, maxMs: 2 });

it('tries again while waiting can help', async () => {
  const retried: string[] = [];
  let tries = 0;
  const answer = await retryTransient(
    async () => {
      tries += 1;
      if (tries < 4) throw new AivmError('unreachable');
      return 'done';
    },
    { signal: new AbortController().signal, backoff: quick(), onRetry: ({ code }) => retried.push(code) },
  );
  expect(answer).toBe('done');
  expect(retried).toEqual(['unreachable', 'unreachable', 'unreachable']);
});

it.each(['forbidden', 'provider_slashed', 'insufficient_balance', 'duplicate'] as const)(
  'gives up at once on %s',
  async (code) => {
    let tries = 0;
    const attempt = retryTransient(
      async () => {
        tries += 1;
        throw new AivmError(code);
      },
      { signal: new AbortController().signal, backoff: quick() },
    );
    await expect(attempt).rejects.toMatchObject({ code });
    expect(tries).toBe(1);
  },
);

it('lets bugs through', async () => {
  const attempt = retryTransient(
    async () => {
      throw new TypeError('bug');
    },
    { signal: new AbortController().signal, backoff: quick() },
  );
  await expect(attempt).rejects.toThrow(TypeError);
});

it('ends without an answer when it is stopped while it waits', async () => {
  const stop = new AbortController();
  const attempt = retryTransient(() => Promise.reject(new AivmError('unreachable')), {
    signal: stop.signal,
    backoff: createBackoff({ firstMs: 60_000, maxMs: 60_000 }),
  });
  setTimeout(() => stop.abort(), 5);
  expect(await attempt).toBeUndefined();
});
