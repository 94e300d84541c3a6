import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { equalBytes, hexToBytes, isHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { recoverStreamRequester } from '@aivm/sdk';
import type { WorkerNode } from '../worker-node.ts';
import type { StreamHub } from './stream-hub.ts';

/** Where a provider streams. */
export interface ServeStreamsOptions {
  readonly hub: StreamHub;
  readonly node: Pick<WorkerNode, 'proveTask' | 'proveChain'>;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Streams that are open at once [256]. */
  readonly streamsMax?: number | undefined;
}

/** A provider's streams. */
export interface StreamServer {
  /** What the provider gives as its endpoint. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const STREAMS_MAX = 256;
const BODY_BYTES_MAX = 4_096;
const PATH = /^\/streams\/([A-Za-z0-9_:.-]{1,64})$/;
/** How long a stream waits for an answer that was not begun. */
const PATIENCE_MS = 600_000;
const TIMEOUT_MS = 10_000;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function readBody(request: IncomingMessage): Promise<{ expiresAt: number; signature: Uint8Array }> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > BODY_BYTES_MAX)
      throw new Refusal(413, `the body has more than ${BODY_BYTES_MAX} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is no JSON');
  }
  const { expires_at: expiresAt, signature } = Object(value) as Record<string, unknown>;
  if (typeof expiresAt !== 'number' || typeof signature !== 'string' || !isHex(signature))
    throw new Refusal(400, 'the body: expected {"expires_at": seconds, "signature": "0x…"}');
  return { expiresAt, signature: hexToBytes(signature) };
}

/** Only the requester hears an answer before it is public. @throws Refusal */
async function authorize(
  taskId: string,
  request: IncomingMessage,
  { node }: ServeStreamsOptions,
): Promise<void> {
  const signed = await readBody(request);
  const task = await node.proveTask(taskId);
  if (task === undefined || task.provider === '')
    throw new Refusal(404, `no task "${taskId}" was given to a provider`);
  const { chainId, genesisHash } = await node.proveChain();
  let signer: Uint8Array;
  try {
    signer = recoverStreamRequester({ chainId, genesisHash, taskId, provider: task.provider }, signed);
  } catch (error) {
    if (error instanceof AivmError) throw new Refusal(403, error.message);
    throw error;
  }
  if (!equalBytes(signer, task.requester))
    throw new Refusal(403, 'the signature is not that of the requester');
}

/** Waits until the client takes more, so that a slow one is not buffered for. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });

async function stream(taskId: string, response: ServerResponse, hub: StreamHub): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(PATIENCE_MS)]);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const send = async (message: object): Promise<void> => {
    if (!response.write(`data: ${JSON.stringify(message)}\n\n`) && !gone.signal.aborted)
      await drained(response);
  };
  for await (const piece of hub.listen(taskId, signal)) await send(piece);
  await send(signal.aborted ? { error: 'the answer takes too long' } : { end: true });
  response.end();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeStreamsOptions,
): Promise<void> {
  try {
    const [, taskId] = PATH.exec(request.url ?? '') ?? [];
    if (taskId === undefined) throw new Refusal(404, 'this provider has one route: POST /streams/TASK');
    if (request.method !== 'POST') throw new Refusal(405, 'POST only');
    await authorize(taskId, request, options);
    await stream(taskId, response, options.hub);
  } catch (error) {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const isRefusal = error instanceof Refusal;
    response.writeHead(isRefusal ? error.status : 502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: isRefusal ? error.message : 'the node cannot be asked' }));
  }
}

/**
 * Serves the pieces of answers to their requesters: `POST /streams/TASK` with a signed request, answered by server-sent
 * events.
 * @throws AivmError `port_in_use`
 */
export async function serveStreams(options: ServeStreamsOptions): Promise<StreamServer> {
  let open = 0;
  const server: Server = createServer((request, response) => {
    if (open >= (options.streamsMax ?? STREAMS_MAX)) {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify({ error: `${open} streams are open, the maximum` }));
      return;
    }
    open++;
    response.on('close', () => {
      open--;
    });
    void answer(request, response, options);
  });
  server.headersTimeout = TIMEOUT_MS;
  server.requestTimeout = TIMEOUT_MS;
  const { port, address, family } = await new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', (cause: Error) =>
      reject(
        new AivmError('port_in_use', `${options.host ?? HOST}:${options.port}: ${cause.message}`, { cause }),
      ),
    );
    server.listen(options.port, options.host ?? HOST, () => resolve(server.address() as AddressInfo));
  });
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
