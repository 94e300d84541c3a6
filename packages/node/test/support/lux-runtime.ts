import { createServer, type Server, type Socket } from 'node:net';

/** What the node that starts a plugin listens on for its handshake. */
export class LuxRuntime {
  readonly #server: Server;
  readonly #protocol: number;
  #announced: (address: string) => void = () => undefined;
  /** What the plugin that came last sent, whole. */
  received: Buffer = Buffer.alloc(0);
  readonly plugin: Promise<string>;
  address = '';

  constructor({ protocol = 42 }: { readonly protocol?: number } = {}) {
    this.#protocol = protocol;
    this.plugin = new Promise((resolve) => {
      this.#announced = resolve;
    });
    this.#server = createServer((socket) => {
      this.received = Buffer.alloc(0);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => this.#take(socket, chunk));
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const { port } = this.#server.address() as { port: number };
        this.address = `127.0.0.1:${port}`;
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  #take(socket: Socket, chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    if (this.received.length < 4 || this.received.length < 4 + this.received.readUInt32BE(0)) return;
    if (this.received.readUInt32BE(4) !== this.#protocol) {
      socket.destroy();
      return;
    }
    socket.write(Buffer.of(1));
    this.#announced(this.received.subarray(8, 4 + this.received.readUInt32BE(0)).toString('utf8'));
  }
}
