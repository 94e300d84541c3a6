import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HashName } from '../../src/crypto/named-hash.ts';

describe('namedHash', () => {
  it('is Keccak-256 over the version, the name, a zero byte and the parts', () => {
    const names: readonly HashName[] = ['StateKey', 'Transaction', 'Transactions', 'Receipt'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(fc.uint8Array({ maxLength: 40 })), (name, parts) => {
        const preimage = Buffer.concat([Buffer.from(`aivm/v1/${name}\0`, 'latin1'), ...parts]);
        expect(bytesToHex(namedHash(name, ...parts))).toBe(bytesToHex(keccak_256(preimage)));
      }),
    );
  });

  it('ends the name, so that a name that begins another shares no preimage with it', () => {
    expect(namedHash('Transaction', utf8ToBytes('s\0'))).not.toEqual(namedHash('Transactions'));
    expect(namedHash('Outcome', utf8ToBytes('s'))).not.toEqual(namedHash('Outcomes'));
  });

  it('takes parts of any size', () => {
    for (const size of [1_000, 1_023, 1_024, 1_025, 5_000]) {
      const part = new Uint8Array(size).fill(size & 0xff);
      const preimage = Buffer.concat([Buffer.from('aivm/v1/Input\0', 'latin1'), part, part]);
      expect(bytesToHex(namedHash('Input', part, part))).toBe(bytesToHex(keccak_256(preimage)));
      const half = Buffer.concat([Buffer.from('aivm/v1/Input\0', 'latin1'), part.subarray(0, size >> 1)]);
      expect(bytesToHex(namedHash('Input', part.subarray(0, size >> 1)))).toBe(bytesToHex(keccak_256(half)));
    }
  });

  it('pins one digest', () => {
    expect(bytesToHex(namedHash('StateKey', utf8ToBytes('a')))).toMatchInlineSnapshot(
      `"23e9cfd016d57fb2e80441777bef29868a982b5690d8f71a9f045a02b50ff7b4"`,
    );
  });
});
