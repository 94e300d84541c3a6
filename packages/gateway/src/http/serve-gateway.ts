import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AivmError } from '@aivm/core/errors';
import { type Connection, connect } from '@aivm/sdk';
import { createAdaptorServer } from '@hono/node-server';
import { ApiKeys } from '../accounts/api-keys.ts';
import { createMemoryLedger, Spending } from '../accounts/spending.ts';
import { createAddressGuard } from '../tasks/address-guard.ts';
import { createOpenPieces } from '../tasks/provider-pieces.ts';
import { TaskDesk } from '../tasks/task-desk.ts';
import { createGatewayApp } from './create-gateway-app.ts';
import type { GatewayOptions } from './gateway-options.ts';

/** Where to listen. */
export interface ServeGatewayOptions extends GatewayOptions {
  /** Default 9670; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
}

/** A gateway that listens. */
export interface Gateway {
  /** What OpenAI's clients take as base URL, e.g. http://127.0.0.1:9670/v1 */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests and ends those under way within a second. Twice is once. */
  close(): Promise<void>;
}

const PORT = 9_670;
const HOST = '127.0.0.1';
const TIMEOUT_MS = 600_000;
const BODY_BYTES_MAX = 1_048_576;
const CONCURRENCY_MAX = 64;
const CLOSE_MS = 1_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
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

/** Accounts that no key names are left out; a key whose account is missing is refused. @throws AivmError `not_found` */
function connectionsOf({ node, accounts, keys }: GatewayOptions): ReadonlyMap<string, Connection> {
  return new Map(
    [...new Set(keys.map(({ account }) => account))].map((name) => {
      const account = accounts.get(name);
      if (account === undefined) {
        const key = keys.find((one) => one.account === name)?.name;
        throw new AivmError('not_found', `API key "${key}": there is no account "${name}"`);
      }
      return [name, connect(node, account)];
    }),
  );
}

/**
 * Serves the OpenAI API over tasks of a chain.
 * @throws AivmError `port_in_use`, `id_taken` for keys that are there twice, `not_found` for a key without its account
 */
export async function serveGateway(options: ServeGatewayOptions): Promise<Gateway> {
  const { keys, ledger = createMemoryLedger(), nowMs = Date.now, log = () => undefined } = options;
  const closing = new AbortController();
  const spending = new Spending({ store: ledger, nowMs });
  await spending.load();
  const desk = new TaskDesk({
    connections: connectionsOf(options),
    spending,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    closing: closing.signal,
  });
  desk.resume(keys);
  const { until = 'posted', publicUrl, providerStreams: streams = 'public' } = options;
  const context = {
    keys: new ApiKeys(keys),
    openPieces: streams === 'none' ? undefined : createOpenPieces(createAddressGuard(streams, options.node)),
    closing: closing.signal,
    ...{ spending, desk, until, publicUrl, log, nowMs },
  };
  const app = createGatewayApp(context, {
    bodyBytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX,
    concurrencyMax: options.concurrencyMax ?? CONCURRENCY_MAX,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
  const { address, port, family } = await listen(server, options.port ?? PORT, options.host ?? HOST);
  const shown = family === 'IPv6' ? `[${address}]` : address;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${shown}:${port}/v1`,
    port,
    close: () => {
      closing.abort(new AivmError('not_initialized', 'the gateway shuts down'));
      closed ??= closeServer(server);
      return closed;
    },
  };
}
