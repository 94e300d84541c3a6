import { keccak_256 } from '@noble/hashes/sha3.js';
import { equalBytes } from '../bytes/bytes.ts';
import { hexToBytes } from '../bytes/hex.ts';

/**
 * Keccak-256 as Ethereum uses it (rate 136, padding 0x01…0x80): 32 bytes for any input. A hasher holds on to neither:
 * the message may be in memory that its caller uses again.
 */
export type Keccak256 = (message: Uint8Array) => Uint8Array;

const KNOWN_ANSWERS: readonly (readonly [size: number, digest: string])[] = [
  [0, 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
];

const noble: Keccak256 = (message) => keccak_256(message);

let active: Keccak256 = noble;

/** Keccak-256 of `message` by the active hasher (noble unless a host injected a faster one). */
export const keccak256: Keccak256 = (message) => active(message);

/**
 * Replaces the process-wide hasher by a faster one. It is first compared with noble at every length up to three
 * blocks, so a wrong hasher never becomes active, and neither does one that answers in memory that it uses again.
 * @throws Error when the two differ.
 */
export function installKeccak256(hasher: Keccak256): void {
  for (const [size, digest] of KNOWN_ANSWERS) {
    if (!equalBytes(hasher(new Uint8Array(size)), hexToBytes(digest)))
      throw new Error('keccak256: wrong known answer');
  }
  const empty = hasher(new Uint8Array(0));
  for (let size = 0; size <= 3 * 136 + 1; size++) {
    const message = Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff);
    if (!equalBytes(hasher(message), noble(message)))
      throw new Error(`keccak256: differs from noble at ${size} bytes`);
  }
  if (!equalBytes(empty, noble(new Uint8Array(0))))
    throw new Error('keccak256: a digest changed after the call');
  active = hasher;
}
