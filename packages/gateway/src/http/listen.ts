import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AivmError } from '@aivm/core/errors';
import { createAdaptorServer } from '@hono/node-server';

const CLOSE_MS = 1_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** A server that listens. */
export interface Listener {
  /** Without a path, e.g. http://127.0.0.1:9670 */
  readonly origin: string;
  readonly port: number;
  /** Takes no more requests and ends those under way within a second. */
  close(): Promise<void>;
}

function addressOf(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
      reject(isTaken ? new AivmError('port_in_use', `${host}:${port}: ${cause.message}`, { cause }) : cause);
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Serves `fetch` at a port; 0 takes a free one. @throws AivmError `port_in_use` */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
  const { address, port: taken, family } = await addressOf(server, port, host);
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return { origin: `http://${shown}:${taken}`, port: taken, close: () => closeServer(server) };
}
