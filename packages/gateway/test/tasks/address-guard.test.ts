import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../src/tasks/address-guard.ts';

const LOCAL_NODE = 'http://127.0.0.1:9650';
const FAR_NODE = 'https://192.0.2.1';

describe('a provider address', () => {
  it.each([
    ['http://8.8.8.8:9660/streams/t', FAR_NODE, true],
    ['http://[2001:4860::1]/streams/t', FAR_NODE, true],
    ['http://127.0.0.1:9660/', LOCAL_NODE, true],
    ['http://127.0.0.1:9660/', FAR_NODE, false],
    ['http://[::1]/', FAR_NODE, false],
    ['http://10.1.2.3/', LOCAL_NODE, false],
    ['http://169.254.169.254/latest/meta-data', LOCAL_NODE, false],
    ['http://[::ffff:169.254.169.254]/', LOCAL_NODE, false],
    ['http://[::ffff:10.0.0.1]/', FAR_NODE, false],
    ['http://2130706433/', FAR_NODE, false],
    ['http://0.0.0.0/', FAR_NODE, false],
    ['http://[fd00::1]/', FAR_NODE, false],
    ['http://[2002:7f00:1::]/', FAR_NODE, false],
    ['http://[64:ff9b::7f00:1]/', FAR_NODE, false],
    ['http://no-such-host.invalid/', FAR_NODE, false],
  ] as const)('%s over a node at %s is asked: %s', async (url, node, isAsked) => {
    expect(await createAddressGuard('public', node).mayAsk(new URL(url))).toBe(isAsked);
  });

  it('is asked always or never where the gateway is told so', async () => {
    const url = new URL('http://10.1.2.3/');
    expect(await createAddressGuard('any', FAR_NODE).mayAsk(url)).toBe(true);
    expect(await createAddressGuard('none', FAR_NODE).mayAsk(new URL('http://8.8.8.8/'))).toBe(false);
  });
});

describe('a connection to a provider', () => {
  let server: Server;
  let port = 0;
  let asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
        const status = Number(request.url?.slice(1));
        response.writeHead(status, { location: 'http://169.254.169.254/' });
        response.write('first ');
        setTimeout(() => response.end('last'), 10);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  const connect = (node: string, path: string, host = 'localhost') =>
    createAddressGuard('public', node).fetch?.(`http://${host}:${port}${path}`, post);

  it('is made to the addresses that the check saw, not to those that the name has later', async () => {
    asked = [];
    for (const host of ['localhost', '127.0.0.1', '[::ffff:127.0.0.1]'])
      await expect(connect(FAR_NODE, '/200', host)).rejects.toMatchObject({ code: 'forbidden' });
    expect(asked).toEqual([]);
  });

  it('sends a body, streams the answer and follows no redirect', async () => {
    asked = [];
    const answer = await connect(LOCAL_NODE, '/200');
    expect(await answer?.text()).toBe('first last');
    const moved = await connect(LOCAL_NODE, '/307');
    expect(moved?.status).toBe(307);
    await moved?.body?.cancel();
    expect(asked).toEqual(['POST /200 application/json {}', 'POST /307 application/json {}']);
    await expect(connect(LOCAL_NODE, '/777')).rejects.toMatchObject({ code: 'malformed' });
  });
});
