import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { developmentAccounts, type Wallet } from '@aivm/sdk';
import { expect, it } from 'vitest';
import { createApiSecret, hashApiSecret, serveGateway } from '../src/index.ts';

const secret = createApiSecret();

/** A gateway over an address where nothing listens until the test says so. */
async function startGateway() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const gateway = await serveGateway({
    node: `http://127.0.0.1:${port}`,
    accounts: new Map([['payer', developmentAccounts()[7] as Wallet]]),
    keys: [{ name: 'team-a', hash: hashApiSecret(secret), account: 'payer', limits: {} }],
    port: 0,
    metricsPort: 0,
  });
  return { gateway, nodePort: port };
}

it('a gateway counts its requests by route and its keys by what they spend, on a port of its own', async () => {
  const { gateway } = await startGateway();
  try {
    const origin = gateway.url.replace(/\/v1$/, '');
    const headers = { authorization: `Bearer ${secret}` };
    for (const path of ['/health', '/health', '/v1/models', '/v1/tasks/t1', '/nowhere/<script>'])
      await (await fetch(`${origin}${path}`)).text();
    await (await fetch(`${origin}/v1/tasks/t1`, { headers })).text();
    // Keys and what they spend are not for clients.
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
    const text = await (await fetch(gateway.metricsUrl ?? '')).text();
    for (const line of [
      'aivm_gateway_requests_total{route="/health",method="GET",status="200"} 2',
      'aivm_gateway_requests_total{route="/v1/models",method="GET",status="401"} 1',
      'aivm_gateway_requests_total{route="/v1/tasks/:id",method="GET",status="401"} 1',
      'aivm_gateway_requests_total{route="/v1/tasks/:id",method="GET",status="502"} 1',
      'aivm_gateway_requests_total{route="",method="GET",status="404"} 2',
      'aivm_gateway_requests_under_way 0',
      'aivm_gateway_spent_ai{key="team-a"} 0',
      'aivm_gateway_tasks{key="team-a"} 0',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain('script');
  } finally {
    await gateway.close();
  }
});

it('a gateway is ready while its node answers and is well', async () => {
  const { gateway, nodePort } = await startGateway();
  const ready = async () => {
    const answer = await fetch(gateway.metricsUrl?.replace('/metrics', '/ready') ?? '');
    return [answer.status, await answer.json()];
  };
  let healthy = true;
  const node = createServer((_, response) =>
    response
      .writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify({ healthy, version: 'x', height: 12, last_accepted: 'y', details: {} })),
  );
  try {
    expect(await ready()).toMatchObject([
      503,
      { ready: false, reason: expect.stringContaining('127.0.0.1') },
    ]);
    node.listen(nodePort, '127.0.0.1');
    await once(node, 'listening');
    expect(await ready()).toEqual([200, { ready: true, height: 12 }]);
    healthy = false;
    expect((await ready())[0]).toBe(503);
  } finally {
    node.closeAllConnections();
    node.close();
    await gateway.close();
  }
});
