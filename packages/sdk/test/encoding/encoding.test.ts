import { hexToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  addressToText,
  base64ToBytes,
  bytesToBase64,
  bytesToCb58,
  cb58ToBytes,
  isSameAddress,
  secondsToTimestamp,
  textToAddress,
  timestampToSeconds,
} from '@aivm/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('CB58', () => {
  it('gives the ids that the Avalanche family writes', () => {
    expect(bytesToCb58(new Uint8Array(32))).toBe('11111111111111111111111111111111LpoYY');
    // The id of Avalanche's X-Chain on mainnet.
    const xChain = '2oYMBNV4eNHyqk2fjjV5nVQLDbtmNJzq5s3qs3Lo6ftnC6FByM';
    expect(bytesToCb58(cb58ToBytes(xChain))).toBe(xChain);
    expect(cb58ToBytes(xChain)).toHaveLength(32);
  });

  it('reads back what it wrote and notices every changed character', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), fc.nat(), (bytes, place) => {
        const text = bytesToCb58(bytes);
        expect(cb58ToBytes(text)).toEqual(bytes);
        const at = place % text.length;
        const other = text.charAt(at) === 'z' ? 'y' : 'z';
        expect(() => cb58ToBytes(text.slice(0, at) + other + text.slice(at + 1))).toThrow(AivmError);
      }),
    );
  });

  it.each(['', '1', '0OIl', `${'1'.repeat(65)}`, '11111111111111111111111111111111LpoYZ'])(
    'refuses %j',
    (text) => {
      expect(() => cb58ToBytes(text)).toThrow(AivmError);
    },
  );
});

describe('base64', () => {
  it('is the standard alphabet with padding', () => {
    expect(bytesToBase64(Uint8Array.of(0xfb, 0xff))).toBe('+/8=');
    expect(base64ToBytes('+/8=')).toEqual(Uint8Array.of(0xfb, 0xff));
  });
  it.each(['-_8=', '+/8', 'a', '+/9=\n'])('refuses %j', (text) => {
    expect(() => base64ToBytes(text, 'proof')).toThrow(
      new AivmError('malformed', 'proof: not standard base64'),
    );
  });
});

describe('time', () => {
  it('is RFC 3339 in UTC', () => {
    expect(secondsToTimestamp(0)).toBe('1970-01-01T00:00:00Z');
    expect(secondsToTimestamp(1_700_000_000)).toBe('2023-11-14T22:13:20Z');
    expect(timestampToSeconds('2023-11-14T23:13:20.9+01:00')).toBe(1_700_000_000);
  });
  it.each(['', '2023-11-14', '2023-11-14T22:13:20', '2023-13-14T22:13:20Z', 'now'])('refuses %j', (text) => {
    expect(() => timestampToSeconds(text)).toThrow(RangeError);
  });
});

describe('address text', () => {
  // The examples of EIP-55.
  it.each([
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ])('writes and checks %s', (text) => {
    expect(addressToText(hexToBytes(text))).toBe(text);
    expect(textToAddress(text.toLowerCase())).toEqual(textToAddress(text));
    expect(isSameAddress(text, text.toLowerCase())).toBe(true);
    const flipped = text.replace(/[a-f]/, (letter) => letter.toUpperCase());
    expect(() => textToAddress(flipped)).toThrow(/checksum/);
  });
  it.each([
    '',
    '0x',
    '5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae',
  ])('refuses %j', (text) => expect(() => textToAddress(text)).toThrow(AivmError));
});
