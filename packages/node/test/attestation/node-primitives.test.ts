import {
  type AttestationCollateral,
  type AttestationEvidence,
  type AttestationPrimitives,
  noblePrimitives,
} from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import { flipS, makeGpu, makeIntel, makeRims, makeSnp, makeSoftware, verifyTest } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import {
  FIXTURES_TITLE,
  fixtureCases,
  hasFixtures,
  verifyFixture,
} from '../../../core/test/attestation/support/fixtures.ts';
import { PRIMITIVE_CASES } from '../../../core/test/attestation/support/primitive-cases.ts';
import { nodePrimitives } from '../../src/attestation/node-primitives.ts';

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

interface Sample {
  readonly name: string;
  readonly evidence: AttestationEvidence;
  readonly collateral?: AttestationCollateral;
}

/** Evidence of every kind, sound and with one bit of its signature or of a signature below it changed. */
function samples(): readonly Sample[] {
  const flip = (bytes: Uint8Array, offset: number): Uint8Array =>
    bytes.with(offset, (bytes.at(offset) ?? 0) ^ 1);
  const snp = makeSnp().evidence;
  const tdx = makeIntel();
  const sgx = makeIntel({ kind: 'sgx' });
  const { gpu } = makeGpu();
  const rims = makeRims();
  const nvidia = (report: Uint8Array) => ({ kind: 'nvidia', gpus: [{ ...gpu, report }] }) as const;
  const ed = makeSoftware('ed25519');
  const secp = makeSoftware('secp256k1');
  const [leaf = new Uint8Array(), ...issuers] = snp.chain;
  return [
    { name: 'snp', evidence: snp },
    { name: 'snp report', evidence: { ...snp, report: flip(snp.report, 0x2a0) } },
    { name: 'snp certificate', evidence: { ...snp, chain: [flip(leaf, leaf.length - 9), ...issuers] } },
    { name: 'tdx', evidence: tdx.evidence, collateral: tdx.collateral },
    {
      name: 'tdx quote',
      evidence: { ...tdx.evidence, quote: flip(tdx.evidence.quote, 200) },
      collateral: tdx.collateral,
    },
    { name: 'sgx', evidence: sgx.evidence, collateral: sgx.collateral },
    { name: 'nvidia', evidence: nvidia(gpu.report), collateral: { rims } },
    {
      name: 'nvidia report',
      evidence: nvidia(flip(gpu.report, gpu.report.length - 1)),
      collateral: { rims },
    },
    { name: 'ed25519', evidence: ed },
    { name: 'ed25519 signature', evidence: { ...ed, signature: flip(ed.signature, 1) } },
    { name: 'secp256k1', evidence: secp },
    {
      name: 'secp256k1 with high s',
      evidence: { ...secp, signature: flipS(secp.signature, SECP256K1_ORDER) },
    },
    { name: 'secp256k1 signature', evidence: { ...secp, signature: flip(secp.signature, 1) } },
  ];
}

describe('primitives over OpenSSL', () => {
  it.each(PRIMITIVE_CASES)('$name', ({ call, answer }) => {
    expect(call(nodePrimitives)).toBe(answer);
  });

  it('hash as the portable ones do', () => {
    for (const text of ['', 'abc', 'x'.repeat(1000)]) {
      const message = utf8ToBytes(text);
      expect(nodePrimitives.sha256(message)).toEqual(noblePrimitives.sha256(message));
      expect(nodePrimitives.sha384(message)).toEqual(noblePrimitives.sha384(message));
    }
  });

  it.each(samples())('verdict on $name', ({ evidence, collateral }) => {
    const verdictOf = (primitives: AttestationPrimitives) => verifyTest(evidence, collateral, { primitives });
    expect(verdictOf(nodePrimitives)).toEqual(verdictOf(noblePrimitives));
  });
});

describe.skipIf(!hasFixtures)(FIXTURES_TITLE, () => {
  it.each(fixtureCases())('$name: the same verdict', (fixture) => {
    const reportOf = (primitives: AttestationPrimitives) => verifyFixture(fixture, { primitives });
    expect(reportOf(nodePrimitives)).toEqual(reportOf(noblePrimitives));
  });
});
