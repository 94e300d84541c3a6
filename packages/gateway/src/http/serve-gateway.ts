import { AivmError } from '@aivm/core/errors';
import { type Connection, connect, createClient } from '@aivm/sdk';
import { ApiKeys } from '../accounts/api-keys.ts';
import { createMemoryLedger, Spending } from '../accounts/spending.ts';
import { createAddressGuard } from '../tasks/address-guard.ts';
import { createOpenPieces } from '../tasks/provider-pieces.ts';
import { TaskDesk } from '../tasks/task-desk.ts';
import { createGatewayApp } from './create-gateway-app.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { type Listener, listen } from './listen.ts';
import { createOperatorApp } from './operator-app.ts';

/** Where to listen. */
export interface ServeGatewayOptions extends GatewayOptions {
  /** Default 9670; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Where `/metrics` and `/ready` are served on loopback; nowhere when left out. 0 takes a free one. */
  readonly metricsPort?: number | undefined;
}

/** A gateway that listens. */
export interface Gateway {
  /** What OpenAI's clients take as base URL, e.g. http://127.0.0.1:9670/v1 */
  readonly url: string;
  readonly port: number;
  /** e.g. http://127.0.0.1:9671/metrics */
  readonly metricsUrl: string | undefined;
  /** Takes no more requests and ends those under way within a second. Twice is once. */
  close(): Promise<void>;
}

const PORT = 9_670;
const HOST = '127.0.0.1';
const TIMEOUT_MS = 600_000;
const BODY_BYTES_MAX = 1_048_576;
const CONCURRENCY_MAX = 64;
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
  const metrics = createGatewayMetrics(spending, keys);
  const app = createGatewayApp(context, {
    bodyBytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX,
    concurrencyMax: options.concurrencyMax ?? CONCURRENCY_MAX,
    metrics,
  });
  const place = { port: options.port ?? PORT, host: options.host ?? HOST };
  const listeners: Listener[] = [await listen(app.fetch, place)];
  const closeAll = () => Promise.all(listeners.map((listener) => listener.close()));
  if (options.metricsPort !== undefined) {
    const operator = createOperatorApp(metrics, createClient({ url: options.node }));
    try {
      listeners.push(await listen(operator.fetch, { port: options.metricsPort, host: HOST }));
    } catch (error) {
      await closeAll();
      throw error;
    }
  }
  const [{ origin, port }, operators] = listeners as [Listener, Listener?];
  let closed: Promise<unknown> | undefined;
  return {
    url: `${origin}/v1`,
    port,
    metricsUrl: operators && `${operators.origin}/metrics`,
    close: async () => {
      closing.abort(new AivmError('not_initialized', 'the gateway shuts down'));
      closed ??= closeAll();
      await closed;
    },
  };
}
