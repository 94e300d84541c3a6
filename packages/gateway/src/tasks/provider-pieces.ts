import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { OutputPiece } from '@aivm/sdk';
import type { OpenPieces } from './stream-answer.ts';

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

async function addressesOf(url: URL): Promise<readonly string[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/**
 * Whether the gateway may ask a provider's address. Endpoints are words of strangers: without this anybody could have the
 * gateway ask what only its own network reaches. Loopback is asked where the node is there too, as on a devnet.
 */
export function createAddressGuard(streams: ProviderStreams, node: string): (url: URL) => Promise<boolean> {
  return async (url) => {
    if (streams !== 'public') return streams === 'any';
    const addresses = await addressesOf(url);
    if (addresses.length === 0) return false;
    if (addresses.every((address) => isIn(LOOPBACK, address)))
      return (await addressesOf(new URL(node))).every((address) => isIn(LOOPBACK, address));
    return addresses.every((address) => !isIn(LOOPBACK, address) && !isIn(PRIVATE, address));
  };
}

/** Pieces as text: the bytes that tokens are, up to an end token. */
function createPieceText(endTokens: readonly number[]): (piece: OutputPiece) => string {
  const decoder = new TextDecoder();
  let isEnded = false;
  return (piece) => {
    if ('text' in piece) return piece.text;
    const end = piece.tokens.findIndex((token) => endTokens.includes(token));
    const tokens = end < 0 ? piece.tokens : piece.tokens.slice(0, end);
    if (isEnded) return '';
    isEnded = end >= 0;
    return decoder.decode(Uint8Array.from(tokens), { stream: true });
  };
}

/** Opens the stream of the provider that was drawn for a task. */
export const createOpenPieces = (mayAsk: (url: URL) => Promise<boolean>): OpenPieces =>
  async function* ({ connection, task }, signal) {
    const textOf = createPieceText(task.model.network?.endTokens ?? []);
    for await (const piece of connection.streamTask(task.id, { signal, mayAsk })) {
      const text = textOf(piece);
      if (text !== '') yield text;
    }
  };
