import { hexToBytes } from '@aivm/core/bytes';
import { codeOf, flipS, makeSoftware, NOW, TEST_POLICY, verifyTest } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ED25519_ORDER = hexToBytes('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

const addLittleEndian = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  let carry = 0;
  return left.map((byte, i) => {
    const sum = byte + (right[i] ?? 0) + carry;
    carry = sum >> 8;
    return sum & 255;
  });
};

describe('software statements', () => {
  it.each(['ed25519', 'secp256k1'] as const)('%s: every signed member matters', (scheme) => {
    const good = makeSoftware(scheme);
    expect(codeOf(good)).toBe('ok');
    for (const [name, value] of Object.entries(good.statement)) {
      const changed =
        typeof value === 'string'
          ? `${value}x`
          : typeof value === 'bigint'
            ? value + 1n
            : typeof value === 'number'
              ? value - 1
              : value.map((byte) => byte ^ 1);
      expect(codeOf({ ...good, statement: { ...good.statement, [name]: changed } }), name).toBe('signature');
    }
    expect(codeOf({ ...good, chainId: 8n })).toBe('signature');
    expect(codeOf({ ...good, provider: 'provider-2' })).toBe('signature');
    expect(codeOf({ ...good, nonce: new Uint8Array(32) })).toBe('signature');
    for (let i = 0; i < 64; i += 9) {
      const signature = good.signature.slice();
      signature[i] = (signature[i] ?? 0) ^ 1;
      expect(codeOf({ ...good, signature })).toBe('signature');
    }
    expect(codeOf({ ...good, signature: good.signature.slice(1) })).toBe('signature');
    expect(codeOf({ ...good, publicKey: good.publicKey.slice(2) })).toBe('unsupported');
  });

  it('refuses high s', () => {
    const good = makeSoftware('secp256k1');
    expect(codeOf({ ...good, signature: flipS(good.signature, SECP256K1_ORDER) })).toBe('signature');
  });

  it('refuses S + L and points that hide in every key', () => {
    const good = makeSoftware('ed25519');
    const s = addLittleEndian(good.signature.slice(32), ED25519_ORDER);
    const signature = new Uint8Array([...good.signature.slice(0, 32), ...s]);
    expect(codeOf({ ...good, signature })).toBe('signature');
    // With the neutral element as key and as R, S = 0 satisfies the equation for every message.
    const neutral = new Uint8Array(32);
    neutral[0] = 1;
    const universal = new Uint8Array([...neutral, ...new Uint8Array(32)]);
    expect(codeOf({ ...good, publicKey: neutral, signature: universal })).toBe('signature');
    const nonCanonical = hexToBytes(`ee${'ff'.repeat(30)}7f`);
    expect(codeOf({ ...good, publicKey: nonCanonical, signature: universal })).toBe('signature');
  });

  it('compares with the registered claimant', () => {
    const good = makeSoftware();
    const { publicKey } = good;
    const claimed = (claimant: object) => codeOf(good, {}, { claimant });
    expect(claimed({ chainId: 7n, provider: 'provider-1', publicKey })).toBe('ok');
    expect(claimed({ chainId: 8n })).toBe('binding');
    expect(claimed({ provider: 'provider-2' })).toBe('binding');
    expect(claimed({ publicKey: makeSoftware('secp256k1').publicKey })).toBe('binding');
  });

  it('bounds every field', () => {
    const good = makeSoftware();
    const withClaim = (claims: object) => codeOf({ ...good, statement: { ...good.statement, ...claims } });
    expect(withClaim({ model: 'x'.repeat(257) })).toBe('too_large');
    expect(withClaim({ model: '\ud800' })).toBe('malformed');
    expect(withClaim({ benchmarkHash: new Uint8Array(31) })).toBe('malformed');
    expect(withClaim({ benchmarkTimeMs: 1n << 64n })).toBe('malformed');
    expect(withClaim({ timestamp: -1 })).toBe('malformed');
    expect(withClaim({ timestamp: 0.5 })).toBe('malformed');
    expect(codeOf({ ...good, nonce: new Uint8Array(31) })).toBe('malformed');
    expect(codeOf(makeSoftware('ed25519', { gpuSerial: '' }))).toBe('malformed');
    expect(codeOf(makeSoftware('ed25519', { driverVersion: '' }))).toBe('malformed');
  });

  it('ages, and does not come from the future', () => {
    const { ageMaxSeconds } = TEST_POLICY.software;
    const at = (timestamp: number) => codeOf(makeSoftware('ed25519', { timestamp }));
    expect(at(NOW)).toBe('ok');
    expect(at(NOW + 1)).toBe('expired');
    expect(at(NOW - ageMaxSeconds)).toBe('ok');
    expect(at(NOW - ageMaxSeconds - 1)).toBe('expired');
  });

  it.each([
    ['RTX 5090', 60],
    ['RTX 5080', 60],
    ['GB10', 57],
    ['RTX 4090', 55],
    ['RTX 3080', 53],
    ['RTX 2080', 50],
    ['RTX 5090 and more', 50],
  ])('scores %s with %d', (model, score) => {
    expect(verifyTest(makeSoftware('ed25519', { model })).trustScore).toBe(score);
  });

  it('scores less without a benchmark', () => {
    expect(verifyTest(makeSoftware('ed25519', { benchmarkHash: new Uint8Array(32) })).trustScore).toBe(50);
    expect(verifyTest(makeSoftware('ed25519', { benchmarkTimeMs: 0n })).trustScore).toBe(50);
  });
});
