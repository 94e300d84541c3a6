import { AivmError } from '@aivm/core/errors';
import { decodeJson, encodeJson, parseJson, routes } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import {
  addressText,
  amount,
  base64Bytes,
  blockIdText,
  byteArray32,
  count,
  decimalText,
  hexBytes,
  timestamp,
  uint64,
  waitDuration,
} from '../../src/schemas/scalars.ts';

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof AivmError) return error.code;
    throw error;
  }
  return 'accepted';
};

const U64_MAX = 2n ** 64n - 1n;

describe('uint64', () => {
  it.each([
    ['0', 0n],
    ['18446744073709551615', U64_MAX],
    ['"18446744073709551615"', U64_MAX],
    ['9007199254740993', 9007199254740993n],
  ])('reads %s', (json, value) => {
    expect(decodeJson(uint64, parseJson(json), 'fee')).toBe(value);
    expect(encodeJson(uint64, value, 'fee')).toBe(value);
  });

  it.each([
    ['-1', 'out_of_range'],
    ['18446744073709551616', 'out_of_range'],
    ['"18446744073709551616"', 'out_of_range'],
    ['1.5', 'out_of_range'],
    ['1e30', 'out_of_range'],
    ['"-1"', 'out_of_range'],
    ['"01"', 'out_of_range'],
    ['"0x10"', 'malformed'],
    ['""', 'malformed'],
    ['null', 'malformed'],
    ['true', 'malformed'],
    ['[1]', 'malformed'],
  ])('refuses %s as %s', (json, code) => {
    expect(refusal(() => decodeJson(uint64, parseJson(json), 'fee'))).toBe(code);
  });

  it('does not write what does not fit', () => {
    expect(() => encodeJson(uint64, U64_MAX + 1n, 'fee')).toThrow(/fee: .*2\^64/);
    expect(() => encodeJson(uint64, -1n, 'fee')).toThrow();
  });
});

describe('other scalars', () => {
  it('reads Go habits', () => {
    expect(decodeJson(base64Bytes, null, 'proof')).toEqual(new Uint8Array(0));
    expect(decodeJson(base64Bytes, 'AQI=', 'proof')).toEqual(Uint8Array.of(1, 2));
    const hash = Array.from({ length: 32 }, (_, i) => i);
    expect(decodeJson(byteArray32, hash, 'hash')).toEqual(Uint8Array.from(hash));
    expect(decodeJson(byteArray32, `0x${'ff'.repeat(32)}`, 'hash')).toEqual(new Uint8Array(32).fill(255));
    expect(encodeJson(byteArray32, Uint8Array.from(hash), 'hash')).toEqual(hash);
    expect(decodeJson(decimalText, 82.6, 'tflops')).toBe('82.6');
    expect(encodeJson(decimalText, '82.6', 'tflops')).toBe(82.6);
    expect(decodeJson(waitDuration, '1.5s', 'wait')).toBe(1_500);
    expect(decodeJson(amount, '340282366920938463463374607431768211455', 'x')).toBe(2n ** 128n - 1n);
  });

  it('reads a block id in CB58 and in hex', () => {
    const zero = new Uint8Array(32);
    expect(decodeJson(blockIdText, '11111111111111111111111111111111LpoYY', 'id')).toEqual(zero);
    expect(decodeJson(blockIdText, '0'.repeat(64), 'id')).toEqual(zero);
    expect(encodeJson(blockIdText, zero, 'id')).toBe('11111111111111111111111111111111LpoYY');
  });

  it.each([
    ['31 numbers', byteArray32, Array(31).fill(0), 'out_of_range'],
    ['a number above 255', byteArray32, Array(32).fill(256), 'out_of_range'],
    ['a list of text', byteArray32, Array(32).fill('a'), 'out_of_range'],
    ['neither list nor hex', byteArray32, { 0: 1 }, 'malformed'],
    ['hex of another size', hexBytes(32), '0x00', 'out_of_range'],
    ['odd hex', hexBytes(), '0x0', 'malformed'],
    ['url-safe base64', base64Bytes, '-_8=', 'malformed'],
    ['a wrong checksum', addressText, '0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266', 'malformed'],
    ['a count above its bound', count(10), 11, 'out_of_range'],
    ['a time that is none', timestamp, 'yesterday', 'out_of_range'],
    ['a wait above a minute', waitDuration, '61s', 'out_of_range'],
    ['a wait without unit', waitDuration, '30', 'malformed'],
    ['a number that is none', decimalText, 'fast', 'malformed'],
    ['an amount beyond 128 bits', amount, '340282366920938463463374607431768211456', 'out_of_range'],
  ])('refuses %s', (_, schema, json, code) => {
    expect(refusal(() => decodeJson(schema, json, 'value'))).toBe(code);
  });
});

describe('request shapes', () => {
  it('takes what a Go client sends, and ignores what it does not know', () => {
    const body = decodeJson(
      routes.registerProvider.body,
      { id: 'p', gpus: null, gpu_attestation: null, color: 'blue' },
      'body',
    );
    expect(body).toEqual({ id: 'p', wallet_address: '', endpoint: '', gpus: null, gpu_attestation: null });
    const result = decodeJson(
      routes.submitResult.body,
      { task_id: 't', provider_id: 'p', output: null, compute_time_ms: 5, proof: null },
      'body',
    );
    expect(result).toMatchObject({ output: null, compute_time_ms: 5n, proof: new Uint8Array(0), error: '' });
  });

  it('names the place of what is wrong', () => {
    const refused = () =>
      decodeJson(
        routes.registerProvider.body,
        { id: 'p', gpus: [{ memory_gb: 1 }, { memory_gb: -1 }] },
        'body',
      );
    expect(refused).toThrow(
      new AivmError('out_of_range', 'body.gpus[1].memory_gb: expected an integer 0…4294967295, got -1'),
    );
    expect(() => decodeJson(routes.submitTask.body, { id: 't', model: 'm' }, 'body')).toThrow(/body\.input/);
  });
});
