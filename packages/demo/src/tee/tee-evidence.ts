import { attestationBinding, KIND_NUMBER } from '@aivm/core/attestation';
import { ZERO_32 } from '@aivm/core/bytes';
import { makeSnp, makeSnpIssuers, pinCertificate, type SnpIssuers } from '@aivm/test-authority';
import { type Evidence, type EvidenceSource, reportDataOf } from '@aivm/worker';

const DAY = 86_400;
const DEVICE_BYTES = 64;
/** What test reports say runs in the environment: the workload that this chain admits. */
const MEASUREMENT = '4d'.repeat(48);

/** An authority that this demo makes up for its own chain; no vendor vouches for anything here. */
export interface TeeAuthority {
  /** What genesis says about attestation: this root, this workload. */
  readonly genesis: object;
  /** Evidence of the n-th machine: fresh reports, or always the same old one. */
  createSource(machine: number, kind: 'fresh' | 'stale'): EvidenceSource;
}

function evidenceOf(issuers: SnpIssuers, machine: number, binding: Uint8Array, now: number): Evidence {
  const hardwareId = new Uint8Array(DEVICE_BYTES).fill(machine);
  const { evidence } = makeSnp({
    reportData: reportDataOf(binding),
    hardwareId,
    issuers,
    leaf: { from: now - DAY, until: now + DAY },
  });
  const { report, chain } = evidence;
  return {
    processors: [{ kind: KIND_NUMBER.snp, report, chain: [...chain] }],
    gpus: [],
    statements: [],
  };
}

/** @param now Unix seconds; its certificates count a day before and after */
export function createTeeAuthority(now: number): TeeAuthority {
  const issuers = makeSnpIssuers({ from: now - DAY, until: now + DAY });
  // The holder of an old report can show it, but it answers a request that is no longer made.
  const [operator, nonce, sessionKey] = [new Uint8Array(20), ZERO_32, new Uint8Array(20)];
  const old = attestationBinding({ chainId: 0n, operator, nonce, kind: 'snp', sessionKey });
  return {
    genesis: {
      testRoots: [pinCertificate('amd-genoa', issuers.root)],
      policy: { measurements: [{ kind: 'snp', measurement: MEASUREMENT }] },
    },
    createSource: (machine, kind) => ({
      makeEvidence: async ({ bindingOf }) =>
        evidenceOf(issuers, machine, kind === 'fresh' ? bindingOf('snp') : old, now),
    }),
  };
}
