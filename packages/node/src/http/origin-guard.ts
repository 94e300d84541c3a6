import { AivmError } from '@aivm/core/errors';
import { isForwarded, isLoopbackAddress } from './limits/client-identity.ts';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const hostNameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

function isOwnOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  return LOOPBACK_HOSTS.has(hostNameOf(new URL(origin).host));
}

/**
 * Lets an unsigned write pass only from a program on this machine or a page that this machine served. The Host header
 * is checked because a page elsewhere can point its own name at 127.0.0.1; the origin, because a browser sends simple
 * cross-origin posts without asking first.
 * @throws AivmError `forbidden`.
 */
export function assertLocalWrite(request: Request, remoteAddress: string | undefined): void {
  const isLocal = remoteAddress !== undefined && isLoopbackAddress(remoteAddress);
  if (!isLocal || isForwarded(request.headers)) {
    throw new AivmError('forbidden', 'unsigned writes are taken from this machine only');
  }
  const host = request.headers.get('host') ?? '';
  if (!LOOPBACK_HOSTS.has(hostNameOf(host))) {
    throw new AivmError('forbidden', `host "${host.slice(0, 100)}": unsigned writes are for localhost`);
  }
  const origin = request.headers.get('origin');
  const isCrossSite = request.headers.get('sec-fetch-site') === 'cross-site';
  if (isCrossSite || (origin !== null && !isOwnOrigin(origin))) {
    throw new AivmError('forbidden', 'unsigned writes from pages of other origins are refused');
  }
}
