import { noblePrimitives } from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import { describe, expect, it } from 'vitest';
import { PRIMITIVE_CASES } from './support/primitive-cases.ts';

describe('portable primitives', () => {
  it.each(PRIMITIVE_CASES)('$name', ({ call, answer }) => {
    expect(call(noblePrimitives)).toBe(answer);
  });

  it('hash', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    expect(hex(noblePrimitives.sha256(utf8ToBytes('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(hex(noblePrimitives.sha384(utf8ToBytes('abc')))).toBe(
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    );
  });
});
