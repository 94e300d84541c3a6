import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Message } from './grpc-channel.ts';

/** What the node that starts a plugin serves for its handshake. */
export class AvalancheRuntime {
  readonly #server: Http2Server;
  readonly #protocol: number;
  #announced: (address: string) => void = () => undefined;
  readonly plugin: Promise<string>;
  address = '';

  constructor({ protocol = 45 }: { readonly protocol?: number } = {}) {
    this.#protocol = protocol;
    this.plugin = new Promise((resolve) => {
      this.#announced = resolve;
    });
    this.#server = createServer();
    this.#server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', () => undefined);
      stream.on('end', () => this.#answer(stream, String(headers[':path']), Buffer.concat(chunks)));
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        this.address = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  #answer(stream: ServerHttp2Stream, path: string, body: Buffer): void {
    const request = new Message(body.subarray(5));
    const isMine = path === '/vm.runtime.Runtime/Initialize' && Number(request.number(1)) === this.#protocol;
    if (isMine) this.#announced(request.text(2));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers(
        isMine
          ? { 'grpc-status': '0' }
          : { 'grpc-status': '2', 'grpc-message': 'handshake failed: protocol version mismatch' },
      ),
    );
    stream.end(isMine ? Buffer.alloc(5) : undefined);
  }
}
