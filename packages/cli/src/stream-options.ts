import type { StreamHub, WorkerNode } from '@aivm/worker';
import type { Command } from 'commander';
import { integerOption } from './option-parsers.ts';

const PORT_MAX = 65_535;

/** Options of a provider that streams its answers to their requesters. */
export interface StreamOptions {
  readonly streamPort?: number;
  readonly streamHost: string;
  readonly endpoint: string;
}

/** Adds `--stream-port` and `--stream-host`. */
export const withStreams = (command: Command): Command =>
  command
    .option(
      '--stream-port <port>',
      'stream answers to their requesters while they are made; --endpoint must lead there',
      integerOption(0, PORT_MAX),
    )
    .option('--stream-host <address>', 'address to listen on for that', '127.0.0.1');

/** What streams, and where requesters reach it. */
export interface OpenStreams {
  readonly hub: StreamHub | undefined;
  /** What the provider registers: `--endpoint`, or where it listens. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Listens for requesters where the options ask for it. @throws AivmError `port_in_use` */
export async function openStreams(options: StreamOptions, node: WorkerNode): Promise<OpenStreams> {
  const { streamPort: port, streamHost: host, endpoint } = options;
  if (port === undefined) return { hub: undefined, endpoint, close: async () => undefined };
  const { createStreamHub, serveStreams } = await import('@aivm/worker');
  const hub = createStreamHub();
  const server = await serveStreams({ hub, node, port, host });
  return { hub, endpoint: endpoint === '' ? server.url : endpoint, close: () => server.close() };
}
