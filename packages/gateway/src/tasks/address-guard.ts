import { type LookupAddress, lookup } from 'node:dns';
import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { AivmError } from '@aivm/core/errors';

/** Whose streams may be asked: those at public addresses, every one, or none. */
export type ProviderStreams = 'public' | 'any' | 'none';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Addresses that mean something else inside a network than outside of it. */
const PRIVATE = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of [
  ['::', 128],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(address, bits, 'ipv6');

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Looks up an IPv4 address that is mapped into IPv6 as what it is. */
function isIn(list: BlockList, address: string): boolean {
  const plain = MAPPED.exec(address)?.[1] ?? address;
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Where a gateway may ask. */
export interface AddressGuard {
  readonly mayAsk: (url: URL) => Promise<boolean>;
  /** Connects to no address that `mayAsk` would refuse, whatever a name says the second time. Left out: the platform's. */
  readonly fetch?: typeof fetch;
}

const resolve = (host: string): Promise<readonly string[]> =>
  new Promise((done) =>
    lookup(host, { all: true }, (error, found) => done(error ? [] : found.map(({ address }) => address))),
  );

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

async function addressesOf(url: URL): Promise<readonly string[]> {
  const host = hostOf(url);
  return isIP(host) === 0 ? resolve(host) : [host];
}

/** Whether addresses may be asked, all of which one name has. */
type AddressCheck = (addresses: readonly string[]) => Promise<boolean>;

/** Finds the addresses of a name, unless one of them must not be asked: those it finds are connected to. */
const createLookup =
  (mayAskAll: AddressCheck): LookupFunction =>
  (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, '');
      void mayAskAll(found.map(({ address }) => address)).then((isAllowed) => {
        const [first] = found;
        if (!isAllowed || first === undefined)
          callback(new AivmError('forbidden', `${host}: has an address that must not be asked`), '');
        else if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      });
    });
  };

const STATUS_WITHOUT_BODY = new Set([204, 205, 304]);

/** One request and its answer, whose body may still come. */
const ask = (url: URL, options: RequestOptions, body: string | undefined): Promise<Response> =>
  new Promise((done, fail) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const sent = send(url, options);
    sent.once('error', fail);
    sent.once('response', (answer) => {
      const status = answer.statusCode ?? 0;
      // Informational ones never end a request; one beyond 599 is none.
      if (status < 200 || status > 599) {
        sent.destroy(new AivmError('malformed', `${url.origin}: status ${status}`));
        return;
      }
      const stream = STATUS_WITHOUT_BODY.has(status) ? null : (Readable.toWeb(answer) as ReadableStream);
      done(new Response(stream, { status }));
    });
    sent.end(body);
  });

/** As much of `fetch` as streams of providers need, over connections to allowed addresses; it follows no redirect. */
const createFetch =
  (mayAskAll: AddressCheck): typeof fetch =>
  async (target, { method, headers, body, signal } = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const host = hostOf(url);
    if (isIP(host) !== 0 && !(await mayAskAll([host])))
      throw new AivmError('forbidden', `${host}: must not be asked`);
    const options = {
      method: method ?? 'GET',
      headers: Object.fromEntries(new Headers(headers)),
      lookup: createLookup(mayAskAll),
      ...(signal ? { signal } : {}),
    };
    return ask(url, options, typeof body === 'string' ? body : undefined);
  };

/**
 * Whether and how the gateway may ask a provider's address. Endpoints are words of strangers: without this anybody could
 * have the gateway ask what only its own network reaches. Loopback is asked where the node is there too, as on a devnet.
 */
export function createAddressGuard(streams: ProviderStreams, node: string): AddressGuard {
  if (streams !== 'public') return { mayAsk: async () => streams === 'any' };
  const isLoopback = (addresses: readonly string[]): boolean =>
    addresses.length > 0 && addresses.every((address) => isIn(LOOPBACK, address));
  const mayAskAll: AddressCheck = async (addresses) => {
    if (isLoopback(addresses)) return isLoopback(await addressesOf(new URL(node)));
    const isPublic = addresses.every((address) => !isIn(LOOPBACK, address) && !isIn(PRIVATE, address));
    return isPublic && addresses.length > 0;
  };
  return {
    mayAsk: async (url) => mayAskAll(await addressesOf(url)),
    fetch: createFetch(mayAskAll),
  };
}
