import { describe, expect, it } from 'vitest';
import { createClientIdentifier } from '../../../src/http/limits/client-identity.ts';
import { startFixture } from '../fixture.ts';

const identify = createClientIdentifier();
const keyOf = (peer: string, headers: Record<string, string> = {}, proxies?: readonly string[]): string =>
  (proxies === undefined ? identify : createClientIdentifier(proxies))(peer, new Headers(headers)).key;

describe('the key of a client', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ])('of %s is %s', (peer, key) => {
    expect(keyOf(peer)).toBe(key);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no header', {}, '10.0.0.1'],
    ['Forwarded', { forwarded: 'for=192.0.2.60;proto=http;by=203.0.113.43' }, '192.0.2.60'],
    [
      'a quoted IPv6 address with a port',
      { forwarded: 'For="[2001:db8:cafe::17]:4711"' },
      '2001:db8:cafe:0::/64',
    ],
    [
      'several hops, the last one ours',
      { forwarded: 'for=1.2.3.4, for=192.0.2.60, for=10.0.0.9' },
      '192.0.2.60',
    ],
    ['a hop that is hidden', { forwarded: 'for=1.2.3.4, for=_secret' }, '10.0.0.1'],
    ['X-Forwarded-For', { 'x-forwarded-for': '1.2.3.4, 192.0.2.60' }, '192.0.2.60'],
    ['an address with a port', { 'x-forwarded-for': '192.0.2.60:5000' }, '192.0.2.60'],
    ['both', { forwarded: 'for=192.0.2.1', 'x-forwarded-for': '192.0.2.2' }, '192.0.2.1'],
    ['more hops than stand in a row', { 'x-forwarded-for': Array(40).fill('10.0.0.9').join() }, '10.0.0.9'],
  ])('behind a proxy, with %s', (_, headers, key) => {
    expect(keyOf('10.0.0.1', headers, ['10.0.0.0/8'])).toBe(key);
  });

  it('is the connection where a stranger writes the header', () => {
    expect(keyOf('203.0.113.5', { forwarded: 'for=192.0.2.60' }, ['10.0.0.0/8'])).toBe('203.0.113.5');
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0.1/x'])(
    'refuses "%s" as a proxy',
    (proxy) => {
      expect(() => createClientIdentifier([proxy])).toThrow(RangeError);
    },
  );
});

describe('a local client', () => {
  it.each<[string | undefined, Record<string, string>, boolean]>([
    ['127.0.0.1', {}, true],
    ['::1', {}, true],
    ['::ffff:127.3.2.1', {}, true],
    ['192.0.2.1', {}, false],
    ['127.0.0.1', { forwarded: 'for=127.0.0.1' }, false],
    ['127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }, false],
    ['127.0.0.1', { via: '1.1 somewhere' }, false],
    [undefined, {}, false],
  ])('%s with %j: %s', (peer, headers, isLocal) => {
    expect(identify(peer, new Headers(headers)).isLocal).toBe(isLocal);
  });

  it('is none where this machine runs the proxy', () => {
    const behind = createClientIdentifier(['127.0.0.1', '::1']);
    expect(behind('127.0.0.1', new Headers()).isLocal).toBe(false);
    expect(behind('127.0.0.1', new Headers({ forwarded: 'for=127.0.0.1' })).isLocal).toBe(false);
    expect(behind('127.0.0.2', new Headers()).isLocal).toBe(true);
  });

  it('is not limited, and strangers are, each on their own', async () => {
    const limits = { requestsPerSecond: 1, requestBurst: 2 };
    const { server } = await startFixture({ isDevelopment: false, limits, trustedProxies: ['127.0.0.0/8'] });
    const own = await startFixture({ isDevelopment: false, limits });
    const statuses = async (url: string, headers: Record<string, string>): Promise<readonly number[]> => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => fetch(`${url}/health`, { headers })),
      );
      return answers.map(({ status }) => status);
    };
    expect(await statuses(own.server.url, {})).not.toContain(429);
    const strangers = ['192.0.2.1', '192.0.2.2'];
    const refused = await Promise.all(
      strangers.map((address) => statuses(server.url, { forwarded: `for=${address}` })),
    );
    for (const list of refused) {
      expect(list.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
      expect(list).toContain(429);
    }
  });
});

describe('an unsigned write', () => {
  it('is not taken from a proxy of this machine', async () => {
    const { server } = await startFixture();
    const answer = await fetch(`${server.url}/providers/register`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '192.0.2.1' },
      body: JSON.stringify({ id: 'p', wallet_address: '', endpoint: '' }),
    });
    expect(answer.status).toBe(403);
  });
});
