import { describe, expect, it } from 'vitest';
import {
  addressOption,
  amountOption,
  chainIdOption,
  durationOption,
  hashOption,
  integerOption,
  listOption,
  subnetOption,
} from '../src/option-parsers.ts';

describe('option parsers', () => {
  it.each([
    ['100ms', 100],
    ['2s', 2_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['60000', 60_000],
    ['0', 0],
  ])('reads %s', (text, ms) => expect(durationOption(text)).toBe(ms));

  it.each(['', '5 s', '1_000', '-5', '-1s', '1.5s', '1d', 's'])('refuses the duration "%s"', (text) =>
    expect(() => durationOption(text)).toThrow(/duration/),
  );

  it.each([
    ['1000000', 1_000_000n],
    ['5e18', 5n * 10n ** 18n],
    ['1_000', 1_000n],
    ['1.5 AI', 15n * 10n ** 17n],
  ])('reads the amount %s exactly', (text, amount) => expect(amountOption(text)).toBe(amount));

  it.each(['', '-1', '0x10', 'e5', '1.5'])('refuses the amount "%s"', (text) =>
    expect(() => amountOption(text)).toThrow(/amount|whole number/),
  );

  it('keeps integers within their bounds', () => {
    expect(integerOption(0, 65_535)('65535')).toBe(65_535);
    expect(() => integerOption(0, 65_535)('65536')).toThrow(/0…65535/);
    expect(() => integerOption(1, 9)('1e0')).toThrow(/1…9/);
  });

  it('takes chain ids of 64 bits and hashes of 32 bytes', () => {
    expect(chainIdOption('18446744073709551615')).toBe(2n ** 64n - 1n);
    for (const text of ['18446744073709551616', '-1', '0x1', ''])
      expect(() => chainIdOption(text)).toThrow(/2\^64/);
    expect(hashOption(`0x${'ab'.repeat(32)}`)).toHaveLength(32);
    expect(() => hashOption(`0x${'ab'.repeat(31)}`)).toThrow(/64 hex digits/);
  });

  it('takes addresses of 20 bytes only', () => {
    expect(addressOption(`0x${'ab'.repeat(20)}`)).toHaveLength(20);
    expect(() => addressOption(`0x${'ab'.repeat(19)}`)).toThrow(/40 hex digits/);
    expect(addressOption('0x70997970C51812dc3A010C7d01b50e0d17dc79C8')).toHaveLength(20);
    // The last digit of the same address mistyped.
    expect(() => addressOption('0x70997970C51812dc3A010C7d01b50e0d17dc79C9')).toThrow(/EIP-55 checksum/);
  });

  it.each(['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'])('takes the proxy %s', (text) =>
    expect(subnetOption(text, ['192.0.2.1'])).toEqual(['192.0.2.1', text]),
  );

  it.each(['', 'localhost', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '10.0.0.0/'])(
    'refuses the proxy "%s"',
    (text) => expect(() => subnetOption(text, [])).toThrow(/address/),
  );

  it('drops empty members of a list', () => expect(listOption('a, b,,')).toEqual(['a', 'b']));
});
