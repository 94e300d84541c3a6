import { bytesToHex, concatBytes, hexToBytes } from '@aivm/core/bytes';
import { namedHash, privateKeyToAddress } from '@aivm/core/crypto';
import type { AivmError, ErrorCode } from '@aivm/core/errors';
import {
  assembleTransaction,
  hashTransaction,
  OPERATIONS,
  type OperationName,
  parseTransaction,
  serializeOperation,
  signTransaction,
  TX_BYTES_MAX,
} from '@aivm/core/tx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOperation, serializeUnsignedTransaction } from '../../src/tx/transaction.ts';
import { operationOf, unsignedTransactions } from './operation-arbitrary.ts';

const KEY = new Uint8Array(32).fill(7);
const SENDER = privateKeyToAddress(KEY);
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const names = Object.keys(OPERATIONS) as OperationName[];
const heartbeat = {
  chainId: 1337n,
  genesisHash: new Uint8Array(32).fill(8),
  nonce: 3n,
  expiry: 9n,
  operation: { kind: 'heartbeat', id: 'p-1' },
} as const;
const signed = signTransaction(heartbeat, KEY);

const codeOf = (bytes: Uint8Array): ErrorCode | 'accepted' => {
  try {
    parseTransaction(bytes);
    return 'accepted';
  } catch (error) {
    return (error as AivmError).code;
  }
};

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'));
const wordOf = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(bytes)}`);
const body = serializeUnsignedTransaction(heartbeat);
const signature = signed.bytes.slice(body.length);
const [r, s, yParity] = [signature.slice(0, 32), signature.slice(32, 64), signature.slice(64)];
const withSignature = (...parts: Uint8Array[]): Uint8Array => concatBytes(body, ...parts);
const edited = (offset: number, byte: number): Uint8Array => {
  const bytes = signed.bytes.slice();
  bytes[offset] = byte;
  return bytes;
};

describe('operations', () => {
  it.each(names)('%s: parse(serialize(x)) = x, and no other bytes give x', (name) => {
    fc.assert(
      fc.property(operationOf(name), fc.uint8Array({ minLength: 1, maxLength: 3 }), (operation, tail) => {
        const bytes = serializeOperation(operation);
        expect(parseOperation(name, bytes)).toEqual(operation);
        expect(() => parseOperation(name, concatBytes(bytes, tail))).toThrow('malformed');
        for (let size = 0; size < bytes.length; size++) {
          expect(() => parseOperation(name, bytes.subarray(0, size))).toThrow('malformed');
        }
      }),
      { numRuns: 30 },
    );
  });

  it('have tags of their own', () => {
    const tags = names.map((name) => OPERATIONS[name].tag);
    expect(new Set(tags).size).toBe(names.length);
    expect(Math.min(...tags)).toBeGreaterThan(0);
    expect(Math.max(...tags)).toBeLessThan(256);
  });
});

describe('transactions', () => {
  it('come back from their bytes with sender and id', () => {
    fc.assert(
      fc.property(unsignedTransactions, (unsigned) => {
        const tx = signTransaction(unsigned, KEY);
        expect(tx).toEqual({
          ...unsigned,
          sender: SENDER,
          id: namedHash('Transaction', tx.bytes),
          bytes: tx.bytes,
        });
        expect(parseTransaction(tx.bytes)).toEqual(tx);
        expect(tx.bytes.length).toBe(serializeUnsignedTransaction(unsigned).length + 65);
      }),
      { numRuns: 30 },
    );
  });

  it('change their id, and lose their sender, with any byte', () => {
    fc.assert(
      fc.property(fc.nat(signed.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (offset, flip) => {
        const bytes = edited(offset, (signed.bytes[offset] as number) ^ flip);
        const code = codeOf(bytes);
        if (code !== 'accepted') return;
        const other = parseTransaction(bytes);
        expect(other.id).not.toEqual(signed.id);
        expect(other.sender).not.toEqual(SENDER);
      }),
      { numRuns: 100 },
    );
  });

  it('are refused when anything is missing or follows', () => {
    for (let size = 0; size < signed.bytes.length; size++) {
      expect([size, codeOf(signed.bytes.subarray(0, size))]).toEqual([size, 'malformed']);
    }
    expect(codeOf(concatBytes(signed.bytes, Uint8Array.of(0)))).toBe('malformed');
    expect(() => assembleTransaction(heartbeat, signature.subarray(1))).toThrow(RangeError);
    expect(() => parseTransaction('0x00' as unknown as Uint8Array)).toThrow(TypeError);
  });

  const highS = word(N - wordOf(s));
  const flipped = Uint8Array.of((yParity[0] as number) ^ 1);
  const rows: readonly (readonly [why: string, bytes: Uint8Array, code: ErrorCode])[] = [
    ['another version', edited(0, 1), 'malformed'],
    ['an unknown tag', edited(1, 99), 'malformed'],
    ['a tag that belongs to nothing yet', edited(1, 0), 'malformed'],
    ['the mirrored signature with a high s', withSignature(r, highS, flipped), 'bad_signature'],
    ['s = 0', withSignature(r, word(0n), yParity), 'bad_signature'],
    ['s = n', withSignature(r, word(N), yParity), 'bad_signature'],
    ['r = 0', withSignature(word(0n), s, yParity), 'bad_signature'],
    ['r = n', withSignature(word(N), s, yParity), 'bad_signature'],
    ['an r that is on no curve point', withSignature(word(5n), s, yParity), 'bad_signature'],
    ['yParity 2', withSignature(r, s, Uint8Array.of(2)), 'bad_signature'],
    ['yParity 27', withSignature(r, s, Uint8Array.of(27)), 'bad_signature'],
    ['more bytes than any transaction', new Uint8Array(TX_BYTES_MAX + 1), 'too_large'],
  ];
  it.each(rows)('are refused with %s', (_why, bytes, code) => expect(codeOf(bytes)).toBe(code));

  it('recover another sender from the other parity, so that it cannot stand in for the signer', () => {
    const bytes = withSignature(r, s, flipped);
    const code = codeOf(bytes);
    expect(code === 'accepted' ? parseTransaction(bytes).sender : code).not.toEqual(SENDER);
  });

  it('are signed for one chain, one nonce and one expiry', () => {
    const others = [
      { chainId: 1338n },
      { genesisHash: new Uint8Array(32).fill(9) },
      { nonce: 4n },
      { expiry: 10n },
    ];
    const all = [heartbeat, ...others.map((other) => ({ ...heartbeat, ...other }))];
    expect(new Set(all.map((tx) => bytesToHex(hashTransaction(tx)))).size).toBe(5);
  });

  it('do not keep the caller’s buffer', () => {
    const bytes = signed.bytes.slice();
    const tx = parseTransaction(bytes);
    bytes.fill(0);
    expect(tx.bytes).toEqual(signed.bytes);
  });
});
