import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { installKeccak256, keccak256 } from '@aivm/core/crypto';
import { keccak_256, sha3_256 } from '@noble/hashes/sha3.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Keccak256 } from '../../src/crypto/keccak.ts';

afterEach(() => installKeccak256((message) => keccak_256(message)));

describe('keccak256', () => {
  it.each([
    ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
    ['testing', '5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02'],
  ])('of %j is the known digest', (text, digest) => {
    expect(bytesToHex(keccak256(utf8ToBytes(text)))).toBe(digest);
  });
});

describe('installKeccak256', () => {
  it('uses the hasher that it was given', () => {
    let calls = 0;
    installKeccak256((message) => {
      calls++;
      return keccak_256(message);
    });
    const before = calls;
    keccak256(new Uint8Array(5));
    expect(calls).toBe(before + 1);
  });

  const shared = new Uint8Array(32);
  it.each<[string, Keccak256]>([
    ['SHA3-256, which pads otherwise', (message) => sha3_256(message)],
    ['an empty answer', () => new Uint8Array(0)],
    ['33 bytes', (message) => Uint8Array.of(...keccak_256(message), 0)],
    ['only the known answer', () => keccak_256(new Uint8Array(0))],
    ['a fault at one block', (message) => keccak_256(message.length === 136 ? new Uint8Array(1) : message)],
    [
      'a fault at two blocks less one',
      (message) => keccak_256(message.subarray(0, message.length === 271 ? 270 : 999)),
    ],
    ['a fault past three blocks', (message) => keccak_256(message.subarray(0, 408))],
    [
      'a change of the message',
      (message) => {
        const digest = keccak_256(message);
        message.fill(0);
        return digest;
      },
    ],
    [
      'one piece of memory for all answers',
      (message) => {
        shared.set(keccak_256(message));
        return shared;
      },
    ],
  ])('refuses a hasher with %s, and keeps the one that was active', (_, hasher) => {
    expect(() => installKeccak256(hasher)).toThrow(/^keccak256: /);
    expect(keccak256(Uint8Array.of(1))).toEqual(keccak_256(Uint8Array.of(1)));
    const one = keccak256(Uint8Array.of(1));
    expect(keccak256(Uint8Array.of(2))).not.toBe(one);
  });
});
