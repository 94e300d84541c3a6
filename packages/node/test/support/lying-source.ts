import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a proxy does to an answer: undefined passes it on. */
export type Tamper = (answer: {
  readonly path: string;
  readonly body: string;
}) => string | Promise<string | undefined> | undefined;

/** Something between a node and its source that can change, hold back and invent answers. */
export interface LyingSource {
  readonly url: string;
  /** The node behind it; may be changed at any time. Undefined: it is away. */
  target: string | undefined;
  tamper: Tamper;
  /** Instead of any answer. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly requests: string[];
  close(): Promise<void>;
}

const readAll = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

const stopServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** A proxy on a free port, closed after the test. */
export async function startLyingSource(target: string): Promise<LyingSource> {
  const proxy = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    source.requests.push(`${request.method} ${path}`);
    if (source.answer !== undefined) {
      source.answer(request, response);
      return;
    }
    if (source.target === undefined) {
      request.socket.destroy();
      return;
    }
    const body = await readAll(request);
    const answer = await fetch(source.target.replace(/\/rpc$/, '') + path, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    const told = (await source.tamper({ path, body: text })) ?? text;
    const headers = Object.fromEntries(
      ['content-type', 'aivm-genesis', 'aivm-chain-id'].map((name) => [name, answer.headers.get(name) ?? '']),
    );
    response.writeHead(answer.status, headers);
    response.end(told);
  };
  const server = createServer((request, response) => {
    proxy(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const source: LyingSource = {
    url: `http://127.0.0.1:${port}`,
    target,
    tamper: () => undefined,
    answer: undefined,
    requests: [],
    close: () => stopServer(server),
  };
  onTestFinished(() => source.close());
  return source;
}
