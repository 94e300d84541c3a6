import { concatBytes, equalBytes } from '../../bytes/bytes.ts';
import { intersectWindows } from '../encoding/time.ts';
import {
  type AttestedDevice,
  type Finding,
  type GpuFacts,
  objectionsOf,
  type VerificationContext,
} from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { expect, refuse } from '../refusal.ts';
import { authoritiesOf } from '../x509/chain.ts';
import { checkRevocation } from '../x509/revocation.ts';
import { verifyReferenceManifest } from './rim.ts';
import { compareGpu, type GpuEvidence, type GpuFinding, verifyGpuReport } from './verify-gpu.ts';

/** 1…8 GPUs of one machine, all asked with the same nonce. */
export interface NvidiaEvidence {
  readonly kind: 'nvidia';
  readonly gpus: readonly GpuEvidence[];
}

export interface NvidiaCollateral {
  /** XML documents, any order: one for the driver and one for the firmware of every GPU, nothing besides. */
  readonly rims: readonly Uint8Array[];
  /** DER lists of NVIDIA's authorities. */
  readonly lists: readonly Uint8Array[];
  /** DER OCSP responses about certificates of the chains. */
  readonly responses: readonly Uint8Array[];
}

const deviceOf = ({ deviceId, report }: GpuFinding): AttestedDevice => ({
  id: deviceId,
  nonce: report.nonce.slice(),
});

const factsOf = ({ identity, report, comparison }: GpuFinding): GpuFacts => ({
  chip: identity.chip,
  name: identity.name,
  driverVersion: report.driverVersion,
  vbiosVersion: report.vbiosVersion,
  feature: report.feature,
  comparedCount: comparison?.comparedCount ?? 0,
  mismatches: comparison?.mismatches ?? [],
});

/** Verifies GPUs under NVIDIA's roots; the least trusted one gives the score. */
export function verifyNvidia(
  evidence: NvidiaEvidence,
  collateral: NvidiaCollateral,
  context: VerificationContext,
): Finding {
  const { policy, primitives } = context;
  expect(evidence.gpus.length <= ATTESTATION_LIMITS.gpusMax, 'too_large', 'more than 8 GPUs');
  expect(collateral.rims.length <= ATTESTATION_LIMITS.rimsMax, 'too_large', 'RIMs');
  const signed = evidence.gpus.map((gpu) => verifyGpuReport(gpu, context));
  const manifests = collateral.rims.map((rim) => verifyReferenceManifest(rim, context));
  const [first, ...others] = signed.map((gpu) => compareGpu(gpu, manifests, context));
  if (first === undefined) refuse('malformed', 'no GPU');
  const gpus = [first, ...others];
  const isForNone = manifests.find((manifest) => !gpus.some((gpu) => gpu.usedManifests.includes(manifest)));
  expect(
    isForNone === undefined,
    'rim_mismatch',
    `the RIM for ${isForNone?.product} ${isForNone?.version} is for none of the GPUs`,
  );
  // The leaf of a device is a key that the chip certified itself; NVIDIA answers for all the others.
  const revocable = [
    ...gpus.map(({ chain }) => ({ chain, answeredFrom: 1 })),
    ...manifests.map(({ chain }) => ({ chain, answeredFrom: 0 })),
  ];
  const chains = revocable.map(({ chain }) => chain);
  const { lists, responses } = collateral;
  const revocation = checkRevocation({
    chains: revocable,
    lists,
    responses,
    primitives,
    isUsageWaived: false,
  });
  const isOneRequest = gpus.every((gpu) => equalBytes(gpu.report.nonce, first.report.nonce));
  const digests = gpus.map((gpu) => gpu.measurement);
  const windows = [...gpus, ...manifests].map(({ window }) => window);
  return {
    objections: [
      ...gpus.flatMap((gpu) => gpu.objections),
      ...objectionsOf([
        [!isOneRequest, 'nonce', 'the GPUs answered different requests'],
        [
          policy.requiresRevocationLists && !revocation.isComplete,
          'collateral_missing',
          'a list or an OCSP response for every certificate below the roots',
        ],
      ]),
    ],
    facts: {
      kind: 'nvidia',
      devices: [deviceOf(first), ...others.map(deviceOf)],
      measurement: gpus.length === 1 ? first.measurement : primitives.sha384(concatBytes(...digests)),
      registers: [],
      signer: undefined,
      productId: undefined,
      securityVersion: undefined,
      bindings: {},
      reportData: first.report.nonce.slice(),
      isDebug: false,
      tcbStatus: undefined,
      advisories: [],
      tcbEvaluationDataNumber: undefined,
      lists: revocation.used,
      authorities: authoritiesOf(chains, primitives),
      window: intersectWindows([...windows, ...revocation.windows]),
      trustScore: Math.min(...gpus.map((gpu) => gpu.trustScore)),
      gpus: gpus.map(factsOf),
      details: {},
    },
  };
}
