import type { Client } from '@aivm/sdk';
import { Hono } from 'hono';
import type { GatewayMetrics } from './gateway-metrics.ts';

/** How long the node is waited for. */
const READY_MS = 2_000;

/** What its operator asks a gateway, at a port of its own: it names keys and what they spend. */
export function createOperatorApp(metrics: GatewayMetrics, client: Pick<Client, 'getHealth'>): Hono {
  const app = new Hono();
  app.get('/metrics', async (c) =>
    c.body(await metrics.render(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  app.get('/ready', async (c) => {
    try {
      const { healthy, height } = await client.getHealth({ signal: AbortSignal.timeout(READY_MS) });
      return c.json({ ready: healthy, height }, healthy ? 200 : 503);
    } catch (error) {
      return c.json({ ready: false, reason: error instanceof Error ? error.message : String(error) }, 503);
    }
  });
  return app;
}
