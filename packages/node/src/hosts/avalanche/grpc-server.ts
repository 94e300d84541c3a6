import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { AivmError, type ErrorCode } from '@aivm/core/errors';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextKey,
  createContextValues,
  type Interceptor,
} from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { errorFields, type Log } from '../../log.ts';
import { wireErrorText } from '../plugin/wire-error.ts';

const LOOPBACK = '127.0.0.1';
const FAREWELL_MS = 1_000;
/** Nodes bound no message; a session may hold as much as its messages. In MiB. */
const SESSION_MEMORY_MB = 1_024;
const MESSAGE_BYTES_MAX = 0xffff_ffff;
const WINDOW_BYTES = 4 * 1024 * 1024;

/** A connection, as those see it who answer its calls. */
export type GrpcSession = object;

const sessionKey = createContextKey<GrpcSession | undefined>(undefined);

const CODES: Partial<Record<ErrorCode, Code>> = {
  not_initialized: Code.FailedPrecondition,
  wrong_state: Code.FailedPrecondition,
  forbidden: Code.PermissionDenied,
  malformed: Code.InvalidArgument,
  out_of_range: Code.InvalidArgument,
  not_found: Code.NotFound,
};

export interface GrpcServerOptions {
  readonly routes: (router: ConnectRouter) => void;
  /** Asked before each call; throws to refuse it. */
  readonly admit: (call: {
    readonly service: string;
    readonly method: string;
    readonly session: GrpcSession;
  }) => void;
  /** How many connections are open now. */
  readonly onSessions: (count: number, closed: GrpcSession | undefined) => void;
  readonly log: Log;
}

/** gRPC over plain HTTP/2, on loopback only. Refusals go out as `code: detail`. */
export class GrpcServer {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor({ routes, admit, onSessions, log }: GrpcServerOptions) {
    const guard: Interceptor = (next) => async (request) => {
      const { service, method, contextValues } = request;
      try {
        const session = contextValues.get(sessionKey) ?? {};
        admit({ service: service.typeName, method: method.name, session });
        return await next(request);
      } catch (error) {
        if (error instanceof ConnectError) throw error;
        const code = error instanceof AivmError ? CODES[error.code] : undefined;
        throw new ConnectError(wireErrorText(error, log, method.name), code ?? Code.Unknown);
      }
    };
    const handler = connectNodeAdapter({
      routes,
      grpc: true,
      grpcWeb: false,
      connect: false,
      interceptors: [guard],
      readMaxBytes: MESSAGE_BYTES_MAX,
      contextValues: (request) => {
        const session = 'stream' in request ? request.stream.session : undefined;
        return createContextValues().set(sessionKey, session);
      },
    });
    const settings = { initialWindowSize: WINDOW_BYTES };
    this.#server = createServer({ settings, maxSessionMemory: SESSION_MEMORY_MB }, handler);
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      // A window for the whole connection, which HTTP/2 leaves at 64 KiB.
      session.setLocalWindowSize(WINDOW_BYTES);
      onSessions(this.#sessions.size, undefined);
      session.once('close', () => {
        this.#sessions.delete(session);
        onSessions(this.#sessions.size, session);
      });
    });
    const broken = (error: Error): void => log.warn(errorFields(error), 'plugin: a connection is closed');
    this.#server.on('sessionError', broken);
    this.#server.on('clientError', broken);
  }

  /** Takes a free port. Gives `127.0.0.1:port`. */
  async listen(): Promise<string> {
    this.#server.listen(0, LOOPBACK);
    await once(this.#server, 'listening');
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes no more calls, lets those in progress end, and closes. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const session of this.#sessions) {
      session.close();
      setTimeout(() => session.destroy(), FAREWELL_MS).unref();
    }
    await closed;
  }
}
