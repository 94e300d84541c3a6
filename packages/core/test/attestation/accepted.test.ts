import { noblePrimitives } from '@aivm/core/attestation';
import {
  makeGpu,
  makeIntel,
  makeRims,
  makeSnp,
  makeSoftware,
  verifyTest as verifyWithMemory,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const verifyTest = (...[evidence, collateral]: Parameters<typeof verifyWithMemory>) =>
  verifyWithMemory(evidence, collateral, { primitives: noblePrimitives });

describe('synthetic evidence of every kind is accepted', () => {
  it.each(['Milan', 'Genoa', 'Turin'] as const)('SNP %s, chip key', (product) => {
    for (const version of [3, 5] as const) {
      expect(verifyTest(makeSnp({ product, version }).evidence)).toMatchObject({
        code: 'ok',
        trustScore: 70,
      });
    }
  });
  it('SNP with a key that a cloud loaded, and version 2', () => {
    expect(verifyTest(makeSnp({ keyKind: 'vlek' }).evidence)).toMatchObject({ code: 'ok' });
    expect(verifyTest(makeSnp({ product: 'Milan', version: 2 }).evidence)).toMatchObject({ code: 'ok' });
  });
  it.each([
    ['sgx', 3],
    ['sgx', 4],
    ['sgx', 5],
    ['tdx', 4],
    ['tdx', 5],
  ] as const)('%s quote version %d', (kind, version) => {
    const { evidence, collateral } = makeIntel({ kind, version });
    expect(verifyTest(evidence, collateral)).toMatchObject({
      code: 'ok',
      tcbStatus: 'UpToDate',
      trustScore: 70,
    });
  });
  it.each(['hopper', 'blackwell'] as const)('GPU with a %s certificate', (fwidForm) => {
    const { gpu } = makeGpu({ fwidForm });
    const verdict = verifyTest({ kind: 'nvidia', gpus: [gpu] }, { rims: makeRims() });
    expect(verdict).toMatchObject({
      code: 'ok',
      trustScore: 83,
      gpus: [{ comparedCount: 4, mismatches: [] }],
    });
  });
  it.each(['ed25519', 'secp256k1'] as const)('statement under %s', (scheme) => {
    expect(verifyTest(makeSoftware(scheme))).toMatchObject({ code: 'ok', trustScore: 60 });
  });
});
