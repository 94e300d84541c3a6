import {
  type AttestationPrimitives,
  installAttestationPrimitives,
  noblePrimitives,
} from '@aivm/core/attestation';
import { afterAll, describe, expect, it } from 'vitest';
import { activePrimitives } from '../../src/attestation/active-primitives.ts';

afterAll(() => installAttestationPrimitives(noblePrimitives));

describe('installAttestationPrimitives', () => {
  it('takes what answers as noble does', () => {
    const same = { ...noblePrimitives, name: 'same' };
    installAttestationPrimitives(same);
    expect(activePrimitives()).toBe(same);
  });

  const yes = (): boolean => true;
  const no = (): boolean => false;
  it.each<readonly [name: string, part: Partial<AttestationPrimitives>]>([
    ['sha256', { sha256: noblePrimitives.sha384 }],
    ['sha384', { sha384: (message) => noblePrimitives.sha384(message).fill(0) }],
    ['ecdsa that believes', { verifyEcdsa: yes }],
    ['ecdsa that refuses', { verifyEcdsa: no }],
    ['ecdsa on one curve', { verifyEcdsa: (p) => p.curve === 'p256' && noblePrimitives.verifyEcdsa(p) }],
    ['rsa that believes', { verifyRsaPss: yes }],
    ['rsa that refuses', { verifyRsaPss: no }],
    ['ed25519', { verifyEd25519: yes }],
    ['secp256k1', { verifySecp256k1: no }],
  ])('refuses another %s and keeps the former', (_name, part) => {
    const before = activePrimitives();
    expect(() => installAttestationPrimitives({ ...noblePrimitives, ...part })).toThrow('differ from noble');
    expect(activePrimitives()).toBe(before);
  });
});
