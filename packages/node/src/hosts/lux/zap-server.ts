import { once, setMaxListeners } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { errorFields, type Log } from '../../log.ts';
import { encodeFrame, type Frame, ZapFrameError, ZapFrameReader } from './zap-frames.ts';

/** A node opens one; the rest are somebody else's. */
const CONNECTIONS_MAX = 16;
/** Requests of one connection that may be unanswered. */
const UNANSWERED_MAX = 1_024;
/** Bytes of answers that may wait for a peer that does not read; no request of it is read meanwhile. */
const UNREAD_BYTES_MAX = 32 * 1024 * 1024;
const FAREWELL_MS = 1_000;
const LOOPBACK = '127.0.0.1';

/** One connection, as those see it who answer its requests. */
export interface ZapConnection {
  /** Aborted when it is closed. */
  readonly signal: AbortSignal;
}

/** Who answers. */
export interface ZapApplication {
  /** The answer to a request as a frame, errors included; undefined: none. Must not throw. */
  answer(frame: Frame, connection: ZapConnection): Promise<Frame | undefined>;
  /** `error` answer to a request that is not taken. */
  refuse(frame: Frame, detail: string): Frame;
  closed(connection: ZapConnection): void;
}

/** ZAP over TCP, on loopback only: requests of a connection are answered as they are done, in any order. */
export class ZapServer {
  readonly #application: ZapApplication;
  readonly #log: Log;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #serving = new Set<Promise<void>>();

  constructor(application: ZapApplication, { log }: { readonly log: Log }) {
    this.#application = application;
    this.#log = log;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const serving = this.#serve(socket).finally(() => this.#serving.delete(serving));
      this.#serving.add(serving);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('drop', () => {
      log.warn({ connectionsMax: CONNECTIONS_MAX }, 'plugin: a connection too many was refused');
    });
  }

  /** Takes a free port. Gives `127.0.0.1:port`. */
  async listen(): Promise<string> {
    this.#server.listen(0, LOOPBACK);
    await once(this.#server, 'listening');
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes no more connections, lets what is written be read, and closes. Idempotent. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) farewell(socket);
    await Promise.allSettled(this.#serving);
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    const gone = new AbortController();
    setMaxListeners(UNANSWERED_MAX, gone.signal);
    const connection: ZapConnection = { signal: gone.signal };
    this.#sockets.add(socket);
    // Whoever is gone is seen by the loop below.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    try {
      await this.#readAll(socket, connection);
    } catch (error) {
      this.#log.error(errorFields(error), 'plugin: a connection is closed');
    } finally {
      gone.abort(new Error('the connection is closed'));
      this.#application.closed(connection);
      farewell(socket);
    }
  }

  async #readAll(socket: Socket, connection: ZapConnection): Promise<void> {
    const reader = new ZapFrameReader();
    let unanswered = 0;
    const send = (frame: Frame | undefined): void => {
      if (frame !== undefined && socket.writable) socket.write(encodeFrame(frame));
    };
    try {
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
        for (const frame of reader.push(chunk as Uint8Array)) {
          if (unanswered >= UNANSWERED_MAX) {
            send(this.#application.refuse(frame, `rate_limited: ${UNANSWERED_MAX} requests wait already`));
            continue;
          }
          unanswered++;
          void this.#application
            .answer(frame, connection)
            .then(send)
            .finally(() => unanswered--);
        }
        if (socket.writableLength > UNREAD_BYTES_MAX) await drained(socket);
      }
    } catch (error) {
      // A reset, or this server's own stop: nothing is wrong with what was said.
      if (error instanceof ZapFrameError) throw error;
      if (!isConnectionLoss(error)) throw error;
    }
    const { unfinished } = reader;
    if (unfinished !== undefined) this.#log.warn({ unfinished }, 'plugin: a connection ended within a frame');
  }
}

/** Ends a connection once what is written was read, or after a while. */
function farewell(socket: Socket): void {
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });

const LOSSES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

const isConnectionLoss = (error: unknown): boolean =>
  error instanceof Error && LOSSES.has((error as NodeJS.ErrnoException).code);
