import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { ClientIdentity } from './limits/client-identity.ts';

/** What the middleware notes of a request for those who answer it. */
export interface HttpEnv {
  readonly Variables: {
    readonly client: ClientIdentity;
    /** Names the request in the log and in the answer's header `x-request-id`. */
    readonly requestId: string;
  };
}

export type HttpContext = Context<HttpEnv>;

const bindingsOf = (c: HttpContext): Partial<HttpBindings> => (c.env ?? {}) as Partial<HttpBindings>;

/** Where the connection comes from; undefined outside a server. */
export const remoteAddressOf = (c: HttpContext): string | undefined =>
  bindingsOf(c).incoming?.socket.remoteAddress;

/** Calls `release` once the answer is sent or its client is gone; at once outside a server. */
export function whenAnswered(c: HttpContext, release: () => void): void {
  const { outgoing } = bindingsOf(c);
  if (outgoing === undefined || outgoing.destroyed) release();
  else outgoing.once('close', release);
}
