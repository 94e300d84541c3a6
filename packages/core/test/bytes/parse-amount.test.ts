import { formatAmount, parseAmount } from '@aivm/core/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('amounts', () => {
  it.each([
    ['1000000', 1_000_000n],
    ['1_000', 1_000n],
    ['5e18', 5n * 10n ** 18n],
    ['1.5e18', 15n * 10n ** 17n],
    ['1.5 AI', 15n * 10n ** 17n],
    ['1.5AI', 15n * 10n ** 17n],
    ['0.000000000000000001 AI', 1n],
    ['340282366920938463463.374607431768211455 ai', 2n ** 128n - 1n],
    ['1.0', 1n],
    ['0', 0n],
  ])('reads %s exactly', (text, amount) => expect(parseAmount(text)).toBe(amount));

  it.each(['', '-1', '0x10', 'e5', '1.', '.5', '1 BTC', '1e', '1e999', '1_', 'NaN', '1,5', '9'.repeat(61)])(
    'refuses "%s"',
    (text) => expect(() => parseAmount(text, 'fee')).toThrow(/^malformed: fee: expected an exact amount/),
  );

  it.each(['1.5', '0.0000000000000000001 AI', '1.55e1'])(
    'refuses %s, which needs a part of the unit',
    (text) => expect(() => parseAmount(text)).toThrow(/not a whole number of the smallest unit/),
  );

  it('writes what it reads back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (amount) => {
        expect(parseAmount(formatAmount(amount))).toBe(amount);
        expect(parseAmount(amount.toString())).toBe(amount);
      }),
    );
  });
});
