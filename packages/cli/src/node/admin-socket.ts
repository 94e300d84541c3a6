import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { join, relative } from 'node:path';
import { AivmError, isErrorCode } from '@aivm/core/errors';
import type { Log } from '@aivm/node';
import { toJsonLine } from '../json-line.ts';

/** Where a running node takes what only its operator may ask: who may write the data directory may connect. */
const socketPath = (dataDirectory: string): string => join(dataDirectory, 'admin.sock');

/** Bytes of a socket's path that every system takes. */
const PATH_BYTES_MAX = 100;
const BODY_BYTES_MAX = 64 * 1_024;

/** The path as this process should name it: the shorter of both forms, for sockets have short names only. */
function reachable(path: string): string | undefined {
  const short = [path, relative(process.cwd(), path)].sort((a, b) => a.length - b.length)[0] ?? path;
  return Buffer.byteLength(short) <= PATH_BYTES_MAX ? short : undefined;
}

/** What a running node does for its operator. */
export type AdminActions = Readonly<Record<string, (body: unknown, signal: AbortSignal) => Promise<unknown>>>;

async function readBody(message: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES_MAX) throw new AivmError('too_large', `body: more than ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new AivmError('malformed', 'body: no JSON', { cause });
  }
}

async function answer(actions: AdminActions, message: IncomingMessage, response: ServerResponse) {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new AivmError('timeout', 'who asked is gone')));
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(toJsonLine(body));
  };
  try {
    const action = actions[(message.url ?? '').slice(1)];
    if (message.method !== 'POST' || action === undefined)
      throw new AivmError('not_found', `${message.method} ${message.url}: no such action`);
    reply(200, await action(await readBody(message), gone.signal));
  } catch (error) {
    const told = error instanceof AivmError ? error : new AivmError('internal', String(error));
    reply(500, { code: told.code, detail: told.detail });
  }
}

/**
 * Listens for the operator in a data directory that this process has locked. A socket that cannot be made is logged and
 * missed by nobody but `aivm backup`.
 */
export async function openAdminSocket(
  dataDirectory: string,
  actions: AdminActions,
  log: Log,
): Promise<{ close(): Promise<void> }> {
  const full = socketPath(dataDirectory);
  const path = reachable(full);
  if (path === undefined || process.platform === 'win32') {
    log.warn(
      { path: full },
      'no admin socket here: the path is too long for one; aivm backup needs the node to stop',
    );
    return { close: async () => undefined };
  }
  // Of a process that was killed: the database's lock says that nobody listens there.
  await rm(path, { force: true });
  const server = createServer((message, response) => void answer(actions, message, response));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => resolve());
    });
    await chmod(path, 0o600);
  } catch (error) {
    log.warn({ path, error: String(error) }, 'no admin socket: aivm backup needs the node to stop');
  }
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/**
 * Asks the node that runs on a data directory. Undefined: none does, or it has no socket.
 * @throws AivmError what the node answers; `unreachable` if it went away meanwhile
 */
export async function askNode(
  dataDirectory: string,
  action: string,
  { body, signal }: { readonly body: unknown; readonly signal: AbortSignal },
): Promise<unknown> {
  const path = reachable(socketPath(dataDirectory));
  if (path === undefined) return undefined;
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: path, method: 'POST', path: `/${action}`, signal }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', (cause) => reject(new AivmError('unreachable', 'the node went away', { cause })));
      response.on('end', () => {
        const told = JSON.parse(Buffer.concat(parts).toString('utf8')) as { code?: string; detail?: string };
        if (response.statusCode === 200) resolve(told);
        else
          reject(
            new AivmError(
              told.code !== undefined && isErrorCode(told.code) ? told.code : 'internal',
              told.detail ?? '',
            ),
          );
      });
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      if (ABSENT.has(error.code)) resolve(undefined);
      else if (signal.aborted) reject(error);
      else reject(new AivmError('unreachable', `the node went away: ${error.message}`, { cause: error }));
    });
    call.end(JSON.stringify(body));
  });
}
