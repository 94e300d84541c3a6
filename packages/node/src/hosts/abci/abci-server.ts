import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { AivmError } from '@aivm/core/errors';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { errorFields, errorRecord, type Log } from '../../log.ts';
import { encodeFrame, FRAME_BYTES_MAX, FrameError, FrameReader } from './frames.ts';
import { type Request, RequestSchema, type Response, ResponseSchema } from './generated/abci_pb.ts';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';

/** CometBFT opens four; more than a restart of it leaves half open is somebody else's. */
const CONNECTIONS_MAX = 16;
/** How long the other side may take to read why its connection ends. */
const FAREWELL_MS = 1_000;

/** An answer, or a request, by the name of its member. */
export type Answer = Exclude<Response['value'], { case: undefined }>;
export type Call = Exclude<Request['value'], { case: undefined }>;

/** Answers requests. Whatever it throws ends the connection with an exception, on which CometBFT stops. */
export interface AbciApplication {
  /** `connection` tells connections apart. */
  answer(call: Call, connection: object): Promise<Answer>;
  /** The connection is gone. */
  closed(connection: object): void;
}

/** What a server needs around it. */
export interface AbciServerOptions {
  /** `tcp://HOST:PORT` (0 takes a free port) or `unix://PATH`. */
  readonly listen: string;
  readonly application: AbciApplication;
  readonly log: Log;
  readonly frameBytesMax?: number | undefined;
}

/** The socket side of ABCI 2.0: frames of an unsigned length and a protobuf message, answers in order. */
export class AbciServer {
  readonly #listen: ListenAddress;
  readonly #application: AbciApplication;
  readonly #log: Log;
  readonly #frameBytesMax: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #serving = new Set<Promise<void>>();

  /** @throws AivmError `malformed` for the address. */
  constructor({ listen, application, log, frameBytesMax = FRAME_BYTES_MAX }: AbciServerOptions) {
    this.#listen = parseListenAddress(listen);
    this.#application = application;
    this.#log = log;
    this.#frameBytesMax = frameBytesMax;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const serving = this.#serve(socket).finally(() => this.#serving.delete(serving));
      this.#serving.add(serving);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('drop', () => {
      log.warn({ connectionsMax: CONNECTIONS_MAX }, 'abci: a connection too many was refused');
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Where it listens, as CometBFT's `proxy_app` takes it. */
  get address(): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') {
      return this.#listen.kind === 'unix' ? `unix://${this.#listen.path}` : '';
    }
    return `tcp://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  }

  /** @throws AivmError `port_in_use`, or what the system says. */
  async start(): Promise<void> {
    const listen = this.#listen;
    if (listen.kind === 'tcp' && !listen.isLoopback) {
      this.#log.warn(
        { listen: listen.host },
        'abci: whoever reaches this port can drive the chain of this node; listen on loopback or a unix socket',
      );
    }
    // Of a process that was killed; one that still listens keeps its connections, and its data directory is locked.
    if (listen.kind === 'unix') await rm(listen.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const isTaken = error.code === 'EADDRINUSE';
        reject(isTaken ? new AivmError('port_in_use', `abci: ${error.message}`, { cause: error }) : error);
      });
      const place = listen.kind === 'unix' ? { path: listen.path } : { host: listen.host, port: listen.port };
      this.#server.listen(place, () => resolve());
    });
    this.#log.info({ address: this.address }, 'abci: waits for CometBFT');
  }

  /** Ends every connection after the request in progress. Idempotent. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await Promise.allSettled(this.#serving);
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    const connection = {};
    this.#sockets.add(socket);
    // Whoever is gone is seen by the loop below.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    try {
      await this.#answerAll(socket, connection);
    } catch (error) {
      this.#end(socket, error);
    } finally {
      this.#application.closed(connection);
      socket.end();
      socket.resume();
      setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
    }
  }

  async #answerAll(socket: Socket, connection: object): Promise<void> {
    const reader = new FrameReader(this.#frameBytesMax);
    try {
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
        for (const message of reader.push(chunk as Uint8Array)) {
          const { value } = decodeRequest(message);
          if (value.case === undefined) throw new FrameError('a request of an unknown kind');
          const answer = await this.#application.answer(value, connection);
          if (socket.destroyed) return;
          socket.write(encodeFrame(toBinary(ResponseSchema, create(ResponseSchema, { value: answer }))));
        }
      }
    } catch (error) {
      // A reset, or this server's own stop: nothing is wrong with what was said.
      if (!isConnectionLoss(error)) throw error;
    }
    const { unfinished } = reader;
    if (unfinished !== undefined) this.#log.warn({ unfinished }, 'abci: a connection ended within a frame');
  }

  /** Says why, there and here, and closes. */
  #end(socket: Socket, error: unknown): void {
    const isRefusal = error instanceof AivmError || error instanceof FrameError;
    this.#log.error(
      isRefusal ? errorFields(error) : { error: errorRecord(error) },
      'abci: the connection is closed',
    );
    const text = error instanceof Error ? error.message : String(error);
    const value = { case: 'exception', value: { error: text } } as const;
    socket.write(encodeFrame(toBinary(ResponseSchema, create(ResponseSchema, { value }))));
  }
}

function decodeRequest(message: Uint8Array): Request {
  try {
    return fromBinary(RequestSchema, message);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FrameError(`a frame of ${message.length} bytes is no request: ${why}`, { cause });
  }
}

const LOSSES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

const isConnectionLoss = (error: unknown): boolean =>
  error instanceof Error && LOSSES.has((error as NodeJS.ErrnoException).code);
