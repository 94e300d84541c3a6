import { DEFAULT_ATTESTATION_POLICY, noblePrimitives, verifyAttestation } from '@aivm/core';
import { codeOf, makeGpu, makeIntel, makeRims, makeSnp, NOW } from '@aivm/test-authority';
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
