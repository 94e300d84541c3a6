import { BlockList, isIP, isIPv6 } from 'node:net';
import { addressGroups } from './ip-address.ts';

/** Where a request came from, as far as limits are concerned. */
export interface ClientIdentity {
  /** Equal for all requests of one client: an IPv4 address, or the /64 of an IPv6 address. */
  readonly key: string;
  /** A program of this machine, which no proxy stands in front of. */
  readonly isLocal: boolean;
  /** A trusted proxy that speaks for itself, or names nobody. */
  readonly isProxy: boolean;
}

/** Tells clients apart. */
export type IdentifyClient = (peer: string | undefined, headers: Headers) => ClientIdentity;

/** Members of a forwarding header that are looked at, from the last one on: more proxies than that stand in no row. */
const HOPS_MAX = 16;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** An address without the brackets, port, zone or IPv4 mapping that it may be written with; undefined for no address. */
function plainAddress(text: string): string | undefined {
  const unquoted = text.trim().replace(/^"|"$/g, '');
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(unquoted)?.[1];
  const withoutPort = bracketed ?? unquoted.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  const withoutZone = withoutPort.split('%', 1)[0] ?? '';
  const unmapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1] ?? withoutZone;
  return isIP(unmapped) === 0 ? undefined : unmapped;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** Whether an address on this machine is meant, so that no other machine can use it. */
export function isLoopbackAddress(text: string): boolean {
  const address = plainAddress(text);
  return address !== undefined && LOOPBACK.check(address, familyOf(address));
}

/** One IPv6 subscriber has a /64 and may use any address of it. */
const keyOf = (address: string): string =>
  isIPv6(address) ? `${addressGroups(address).slice(0, 4).join(':')}::/64` : address;

/** Addresses that a forwarding header lists, the nearest first. An entry that is no address is undefined. */
function forwardedAddresses(headers: Headers): readonly (string | undefined)[] {
  const standard = headers.get('forwarded');
  const members = (standard ?? headers.get('x-forwarded-for') ?? '').split(',').reverse().slice(0, HOPS_MAX);
  if (standard === null) return members.map(plainAddress);
  return members.map((member) =>
    plainAddress(/(?:^|;)\s*for\s*=\s*("[^"]*"|[^;]*)/i.exec(member)?.[1] ?? ''),
  );
}

/** Whether a proxy says that it handed this request on. */
export const isForwarded = (headers: Headers): boolean =>
  headers.has('forwarded') || headers.has('x-forwarded-for') || headers.has('via');

/**
 * Addresses and subnets of proxies.
 * @throws RangeError for text that is neither an address nor a subnet such as 10.0.0.0/8
 */
function proxyList(trustedProxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of trustedProxies) {
    const [address = '', bits] = text.split('/');
    const family = familyOf(address);
    const bitsMax = family === 'ipv6' ? 128 : 32;
    const isSubnet = bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax;
    if (isIP(address) === 0 || (bits !== undefined && !isSubnet)) {
      throw new RangeError(
        `trustedProxies: expected an address or a subnet such as 10.0.0.0/8, got "${text.slice(0, 60)}"`,
      );
    }
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/**
 * Tells clients apart by the address of their connection and, behind the given proxies alone, by the header that
 * these add: `Forwarded`, or `X-Forwarded-For` where there is none. Whatever anybody else writes there counts for nothing.
 * @throws RangeError for a proxy that is no address
 */
export function createClientIdentifier(trustedProxies: readonly string[] = []): IdentifyClient {
  const proxies = proxyList(trustedProxies);
  const isProxy = (address: string): boolean => proxies.check(address, familyOf(address));
  return (peer, headers) => {
    const address = peer === undefined ? undefined : plainAddress(peer);
    if (address === undefined) return { key: '', isLocal: false, isProxy: false };
    if (!isProxy(address)) {
      const isLocal = LOOPBACK.check(address, familyOf(address)) && !isForwarded(headers);
      return { key: keyOf(address), isLocal, isProxy: false };
    }
    let client = address;
    for (const hop of forwardedAddresses(headers)) {
      // Something that is hidden or no address: the proxy before it answers for it.
      if (hop === undefined) break;
      client = hop;
      if (!isProxy(hop)) break;
    }
    return { key: keyOf(client), isLocal: false, isProxy: isProxy(client) };
  };
}
