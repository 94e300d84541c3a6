import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { IdentifyClient } from './client-identity.ts';
import type { HttpLimits } from './http-limits.ts';

type ConnectionLimits = Pick<HttpLimits, 'connectionsMax' | 'connectionsPerClientMax' | 'writeTimeoutMs'>;

/** How often in a write timeout somebody looks. */
const LOOKS_PER_TIMEOUT = 4;
const NO_HEADERS = new Headers();

/** What the kernel has taken of what was written. */
const takenBytes = (socket: Socket): number => socket.bytesWritten - socket.writableLength;

interface Watched {
  taken: number;
  /** When the client last took something, or had nothing to take. */
  movedAtMs: number;
}

/**
 * Bounds what connections hold: their number, in all and by client, and the time for which a client may leave alone
 * what was sent to it. A connection too many is cut without an answer. Programs of this machine and trusted proxies, who speak for
 * many clients, are bounded in time alone.
 */
export function guardConnections(
  server: Server,
  { connectionsMax, connectionsPerClientMax, writeTimeoutMs }: ConnectionLimits,
  identify: IdentifyClient,
): void {
  const watched = new Map<Socket, Watched>();
  const counts = new Map<string, number>();
  let strangers = 0;
  const count = (key: string, difference: number): void => {
    const sum = (counts.get(key) ?? 0) + difference;
    if (sum > 0) counts.set(key, sum);
    else counts.delete(key);
    strangers += difference;
  };
  server.on('connection', (socket: Socket) => {
    const { key, isLocal, isProxy } = identify(socket.remoteAddress, NO_HEADERS);
    const isCounted = !isLocal && !isProxy;
    if (isCounted && (strangers >= connectionsMax || (counts.get(key) ?? 0) >= connectionsPerClientMax)) {
      socket.destroy();
      return;
    }
    if (isCounted) count(key, 1);
    watched.set(socket, { taken: 0, movedAtMs: performance.now() });
    socket.once('close', () => {
      watched.delete(socket);
      if (isCounted) count(key, -1);
    });
  });
  const look = (): void => {
    const nowMs = performance.now();
    for (const [socket, state] of watched) {
      const taken = takenBytes(socket);
      const isMoving = taken !== state.taken || socket.writableLength === 0;
      if (isMoving) Object.assign(state, { taken, movedAtMs: nowMs });
      else if (nowMs - state.movedAtMs > writeTimeoutMs) socket.destroy();
    }
  };
  const timer = setInterval(look, Math.max(10, writeTimeoutMs / LOOKS_PER_TIMEOUT));
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
