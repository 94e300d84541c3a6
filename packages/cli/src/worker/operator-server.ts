import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AivmError } from '@aivm/core/errors';
import type { Client } from '@aivm/sdk';
import type { Command } from 'commander';
import { toJsonLine } from '../json-line.ts';
import { integerOption } from '../option-parsers.ts';
import type { Output } from '../output.ts';
import type { WorkerMonitor } from './worker-monitor.ts';

const HOST = '127.0.0.1';
const PORT_MAX = 65_535;
/** How long the node is waited for. */
const READY_MS = 2_000;

/** Options of a worker that shows an operator how it is. */
export interface OperatorOptions {
  readonly metricsPort?: number;
}

/** Adds `--metrics-port`. */
export const withOperator = (command: Command): Command =>
  command.option(
    '--metrics-port <port>',
    'serves /metrics, /health and /ready on loopback at this port; 0 takes a free one',
    integerOption(0, PORT_MAX),
  );

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${toJsonLine(body)}\n`);
}

async function readiness(monitor: WorkerMonitor, client: Pick<Client, 'getHealth'>) {
  const { state } = monitor;
  try {
    const { healthy, height } = await client.getHealth({ signal: AbortSignal.timeout(READY_MS) });
    return { ready: state === 'working' && healthy, state, nodeHealthy: healthy, height };
  } catch (error) {
    const reason = `the node does not answer: ${error instanceof Error ? error.message : String(error)}`;
    return { ready: false, state, reason };
  }
}

/** A port for the operator. */
export interface OperatorServer {
  /** e.g. http://127.0.0.1:9464/metrics */
  readonly metricsUrl: string;
  close(): Promise<void>;
}

/** Serves what a monitor knows, on loopback. @throws AivmError `port_in_use` */
async function serveOperator(
  port: number,
  { monitor, client }: { readonly monitor: WorkerMonitor; readonly client: Pick<Client, 'getHealth'> },
): Promise<OperatorServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      reply(response, 405, { code: 'method_not_allowed', detail: `${request.method}: expected GET` });
    else if (path === '/metrics')
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        .end(monitor.metrics.render());
    else if (path === '/health')
      reply(response, 200, { healthy: true, role: monitor.role, state: monitor.state });
    else if (path === '/ready')
      void readiness(monitor, client).then((told) => reply(response, told.ready ? 200 : 503, told));
    else reply(response, 404, { code: 'not_found', detail: 'there are /metrics, /health and /ready' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
      reject(isTaken ? new AivmError('port_in_use', `${HOST}:${port}: ${cause.message}`, { cause }) : cause);
    });
    server.listen(port, HOST, () => resolve());
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    metricsUrl: `http://${HOST}:${taken}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Serves the monitor where the options ask for it, and says where. */
export async function openOperator(
  { metricsPort }: OperatorOptions,
  parts: { readonly monitor: WorkerMonitor; readonly client: Client },
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<OperatorServer | undefined> {
  signal.addEventListener('abort', () => {
    parts.monitor.state = 'stopping';
  });
  if (metricsPort === undefined) return undefined;
  const server = await serveOperator(metricsPort, parts);
  output.line(`metrics at ${server.metricsUrl}`);
  output.json({ event: 'listening', metrics: server.metricsUrl });
  return server;
}
