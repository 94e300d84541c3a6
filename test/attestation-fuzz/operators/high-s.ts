import { bytesToHex, concatBytes, hexToBytes } from '@aivm/core/bytes';
import { ecKey } from '@aivm/test-authority';
import type { Input } from '../input.ts';
import { partsOf, replaceAt } from '../parts.ts';
import type { Random } from '../random.ts';

const ORDERS = { 32: ecKey('p256', 'order').order, 48: ecKey('p384', 'order').order } as const;
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** One ECDSA scalar inside a byte string. */
interface Place {
  readonly path: readonly (string | number)[];
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly size: 32 | 48;
  readonly isLittleEndian?: boolean;
  readonly order?: bigint;
}

function quotePlaces(path: Place['path'], bytes: Uint8Array): readonly Place[] {
  if (bytes.length < 1_000) return [];
  const isSgx = bytes[4] === 0;
  const version = bytes[0] ?? 0;
  const body = 48 + (isSgx ? 384 : version === 5 ? 648 : 584) + (version === 5 ? 6 : 0);
  const quoting = body + 4 + 128 + (version === 3 ? 0 : 6) + 384;
  return [body + 4 + 32, quoting + 32].map((offset) => ({ path, bytes, offset, size: 32 }));
}

/** Where the s of signatures are. Signatures inside certificates are DER: the byte operators reach them. */
function placesOf(input: Input): readonly Place[] {
  const { kind } = input.evidence;
  return partsOf(input).flatMap(({ path, bytes }): readonly Place[] => {
    const name = path.at(-1);
    if (name === 'quote') return quotePlaces(path, bytes);
    if (name === 'report' && kind === 'snp')
      return [{ path, bytes, offset: 0x2e8, size: 48, isLittleEndian: true }];
    if (name === 'report') return [{ path, bytes, offset: bytes.length - 48, size: 48 }];
    if (name !== 'signature') return [];
    return [
      { path, bytes, offset: 32, size: 32, ...(kind === 'software' ? { order: SECP256K1_ORDER } : {}) },
    ];
  });
}

/** s → n − s in one signature: valid for the same message wherever low s is not demanded. */
export function flipScalar(input: Input, random: Random): Input {
  const places = placesOf(input);
  if (places.length === 0) return input;
  const { path, bytes, offset, size, isLittleEndian = false, ...place }: Place = random.pick(places);
  const order = place.order ?? ORDERS[size];
  const scalar = bytes.slice(offset, offset + size);
  const s = BigInt(`0x0${bytesToHex(isLittleEndian ? scalar.reverse() : scalar)}`);
  if (s === 0n || s >= order) return input;
  const digits = (order - s).toString(16).padStart(2 * size, '0');
  const flipped = hexToBytes(digits);
  const written = isLittleEndian ? flipped.reverse() : flipped;
  const changed = concatBytes(bytes.slice(0, offset), written, bytes.slice(offset + size));
  return replaceAt(input, path, changed);
}
