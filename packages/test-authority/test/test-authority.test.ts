import { DEFAULT_ATTESTATION_POLICY, noblePrimitives, verifyAttestation } from '@aivm/core/attestation';
import {
  codeOf,
  DAY,
  makeGpu,
  makeIntel,
  makeRims,
  makeSnp,
  makeSnpIssuers,
  NOW,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const CASES = [
  ['AMD', makeSnp().evidence, {}],
  ['Intel', makeIntel().evidence, makeIntel().collateral],
  ['NVIDIA', { kind: 'nvidia', gpus: [makeGpu().gpu] }, { rims: makeRims() }],
] as const;

describe('evidence under test roots', () => {
  it.each(CASES)(
    '%s: is accepted where the policy names the root, and nowhere else',
    (_, evidence, collateral) => {
      expect(codeOf(evidence, collateral)).toBe('ok');
      const verdict = verifyAttestation(evidence, collateral, {
        now: NOW,
        policy: DEFAULT_ATTESTATION_POLICY,
        primitives: noblePrimitives,
      });
      expect(verdict).toMatchObject({ accepted: false, code: 'chain', trustScore: 0 });
    },
  );
});

describe('an authority', () => {
  it('signs the same certificate the same way every time, and another one otherwise', () => {
    const time = { from: NOW - DAY, until: NOW + DAY };
    const { root, authority } = makeSnpIssuers(time);
    expect(makeSnpIssuers(time)).toMatchObject({
      root: { der: root.der },
      authority: { der: authority.der },
    });
    expect(makeSnpIssuers({ ...time, until: NOW }).root.der).not.toEqual(root.der);
  });
});
