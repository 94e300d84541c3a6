import type { AttestationEvidence, verifyAttestation } from '@aivm/core/attestation';
import { makeIntel } from './intel.ts';
import { makeGpu } from './nvidia.ts';
import { makeRims } from './rim.ts';
import { makeSnp } from './snp.ts';
import { makeSoftware } from './software.ts';

/** One piece of evidence with the vendor documents that it needs. It verifies at `NOW` under `TEST_POLICY`. */
export interface EvidenceSample {
  readonly name: string;
  readonly evidence: AttestationEvidence;
  readonly collateral: Parameters<typeof verifyAttestation>[1];
}

/** A sample of every kind of evidence. */
export function makeSamples(): readonly EvidenceSample[] {
  const tdx = makeIntel();
  return [
    { name: 'snp', evidence: makeSnp().evidence, collateral: {} },
    { name: 'tdx', evidence: tdx.evidence, collateral: tdx.collateral },
    {
      name: 'nvidia',
      evidence: { kind: 'nvidia', gpus: [makeGpu().gpu] },
      collateral: { rims: makeRims() },
    },
    { name: 'ed25519', evidence: makeSoftware(), collateral: {} },
    { name: 'secp256k1', evidence: makeSoftware('secp256k1'), collateral: {} },
  ];
}
