import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const attestationMutants: CheckerMutants = {
  checker: 'attestation',
  mutants: [
    {
      name: 'attestation-replayed',
      fault: 'a nonce that evidence was made for may be used again',
      edits: [
        {
          file: `${EXECUTE}/operations/submit-attestation.ts`,
          old: 'requireEvidence(nonceHeight >= least,',
          new: 'requireEvidence(nonceHeight >= 0,',
        },
      ],
      scenario: 'attested',
      seed: 11,
    },
  ],
};
