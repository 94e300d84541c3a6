import { noblePrimitives } from '@aivm/core/attestation';
import { ecKey, makeCertificate, makeList, NOW } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { authoritiesOf, parseChain } from '../../src/attestation/x509/chain.ts';
import { checkRevocation } from '../../src/attestation/x509/revocation.ts';

const key = (seed: string) => ecKey('p256', seed);
const root = makeCertificate({ commonName: 'Root', key: key('root'), isCa: true, keyUsage: 0x06 });

/** A chain below an authority that is named alike whatever its key. */
function chainUnder(authorityKey: string, serial: number) {
  const authority = makeCertificate({
    commonName: 'Authority',
    key: key(authorityKey),
    issuer: root,
    isCa: true,
    keyUsage: 0x06,
    serial: 70 + serial,
  });
  const leaf = makeCertificate({ commonName: `Leaf ${serial}`, key: key('leaf'), issuer: authority, serial });
  return { authority, chain: parseChain([leaf.der, authority.der, root.der]) };
}

const [old, current] = [chainUnder('old key', 1), chainUnder('new key', 2)];
const check = (lists: readonly Uint8Array[], chains = [old.chain, current.chain]) =>
  checkRevocation({
    chains: chains.map((chain) => ({ chain, answeredFrom: 0 })),
    lists,
    primitives: noblePrimitives,
    isUsageWaived: false,
  });
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'ok';
  } catch (error) {
    return String((error as { readonly code?: string }).code);
  }
};

describe('two keys of an authority with one name', () => {
  it('are two authorities', () => {
    expect(authoritiesOf([old.chain], noblePrimitives)).not.toEqual(
      authoritiesOf([current.chain], noblePrimitives),
    );
    expect(authoritiesOf([old.chain, current.chain], noblePrimitives)).toHaveLength(3);
  });

  it('have a list each, which says nothing of what the other one issued', () => {
    const ofNew = makeList({ issuer: current.authority, revoked: [1], from: NOW - 5 });
    expect(codeOf(() => check([ofNew]))).toBe('ok');
    expect(codeOf(() => check([makeList({ issuer: current.authority, revoked: [2] })]))).toBe('revoked');
    expect(codeOf(() => check([makeList({ issuer: old.authority, revoked: [1] })]))).toBe('revoked');
    const { used } = check([ofNew, makeList({ issuer: old.authority })]);
    expect(new Set(used.map(({ issuer }) => issuer)).size).toBe(2);
  });

  it('refuse a list by a third key, and one of a stranger', () => {
    const forged = makeList({ issuer: current.authority, key: key('third') });
    expect(codeOf(() => check([forged]))).toBe('signature');
    const stranger = makeCertificate({ commonName: 'Stranger', key: key('x'), isCa: true, keyUsage: 0x06 });
    expect(codeOf(() => check([makeList({ issuer: stranger })]))).toBe('collateral_mismatch');
  });
});

it('verifies a list once, however many chains it concerns', () => {
  let count = 0;
  const primitives = {
    ...noblePrimitives,
    verifyEcdsa: (parameters: Parameters<typeof noblePrimitives.verifyEcdsa>[0]) => {
      count += 1;
      return noblePrimitives.verifyEcdsa(parameters);
    },
  };
  const chains = Array.from({ length: 8 }, () => ({ chain: current.chain, answeredFrom: 0 }));
  checkRevocation({
    chains,
    lists: [makeList({ issuer: current.authority })],
    primitives,
    isUsageWaived: false,
  });
  expect(count).toBe(1);
});
