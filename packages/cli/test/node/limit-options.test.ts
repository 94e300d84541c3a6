import { describe, expect, it } from 'vitest';
import { readLimits } from '../../src/node/limit-options.ts';

describe('--limit', () => {
  it('sets bounds of requests and of the pool by name', async () => {
    const limit = [
      'requests-per-second=0',
      'body-bytes-max=2097152',
      'per-sender-max=50',
      'requests-per-second=7',
    ];
    expect(await readLimits({ limit })).toEqual({
      http: { requestsPerSecond: 7, bodyBytesMax: 2_097_152 },
      mempool: { perSenderMax: 50 },
    });
    expect(await readLimits({ limit: [] })).toEqual({ http: {}, mempool: {} });
  });

  it.each([
    ['requests=5', /there is no bound "requests"; there are .*requests-per-second=100.*per-sender-max=1000/],
    ['', /there is no bound ""/],
    ['__proto__=5', /there is no bound/],
    ['body-bytes-max', /expected a whole number 1…/],
    ['body-bytes-max=0', /expected a whole number 1…/],
    ['body-bytes-max=1e6', /expected a whole number 1…/],
    ['body-bytes-max=-1', /expected a whole number 1…/],
    ['body-bytes-max=9999999999', /expected a whole number 1…2147483647, got "9999999999"/],
  ])('refuses "%s"', async (text, message) => {
    await expect(readLimits({ limit: [text] })).rejects.toThrow(message);
  });
});
