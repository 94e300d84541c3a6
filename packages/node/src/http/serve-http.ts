import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AivmError } from '@aivm/core/errors';
import { BASE_PATH } from '@aivm/sdk';
import { createAdaptorServer } from '@hono/node-server';
import { createHttpApp, type HttpAppOptions } from './create-http-app.ts';
import { createClientIdentifier } from './limits/client-identity.ts';
import { guardConnections } from './limits/connection-guard.ts';
import { DEFAULT_HTTP_LIMITS } from './limits/http-limits.ts';

/** Where to listen. */
export interface ServeHttpOptions extends Omit<HttpAppOptions, 'closing'> {
  /** Default 9650; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
}

/** A server that listens. */
export interface HttpServer {
  /** With the base path, as a client takes it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Takes no more requests, ends event streams and waits, lets the rest be answered. Twice is once. */
  close(): Promise<void>;
}

const PORT = 9_650;
const HOST = '127.0.0.1';

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
      reject(isTaken ? new AivmError('port_in_use', `${host}:${port}: ${cause.message}`, { cause }) : cause);
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function closeServer(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/**
 * Serves a node over HTTP.
 * @throws AivmError `port_in_use`.
 * @example const server = await serveHttp({ node, log, port: 0 }); … await server.close();
 */
export async function serveHttp(options: ServeHttpOptions): Promise<HttpServer> {
  const closing = new AbortController();
  const app = createHttpApp({ ...options, closing: closing.signal });
  const takesUploads = options.blobs !== undefined;
  const server = await serveFetch(app.fetch as FetchHandler, { ...options, takesUploads });
  options.log.info({ url: server.url }, 'listening');
  return {
    ...server,
    close: () => {
      closing.abort(new AivmError('not_initialized', 'the node shuts down'));
      return server.close();
    },
  };
}

/** Answers one request. `env`: what the server knows of the connection. */
export type FetchHandler = (request: Request, env?: unknown) => Response | Promise<Response>;

/** Serves what `fetch` answers, within the limits of connections. @throws AivmError `port_in_use`. */
export async function serveFetch(
  fetch: FetchHandler,
  options: Pick<ServeHttpOptions, 'port' | 'host' | 'limits' | 'trustedProxies' | 'basePath'> & {
    /** Blobs are received, which take longer than other bodies. */
    readonly takesUploads: boolean;
  },
): Promise<HttpServer> {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const server = createAdaptorServer({
    fetch: fetch as never,
    // A library leaves the platform's Request and Response alone.
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: limits.headersTimeoutMs,
      // Bodies of JSON are bounded by their size and pace; a blob takes longer than any of them.
      requestTimeout: options.takesUploads ? limits.uploadTimeoutMs : limits.requestTimeoutMs,
      // How often Node looks for clients over their time; by itself every 30 s only.
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    },
  }) as Server;
  guardConnections(server, limits, createClientIdentifier(options.trustedProxies));
  const { address, port, family } = await listen(server, options.port ?? PORT, options.host ?? HOST);
  const host = family === 'IPv6' ? `[${address}]` : address;
  const url = `http://${host}:${port}${options.basePath ?? BASE_PATH}`;
  let closed: Promise<void> | undefined;
  return {
    url,
    host: address,
    port,
    close: () => {
      closed ??= closeServer(server, limits.closeTimeoutMs);
      return closed;
    },
  };
}
