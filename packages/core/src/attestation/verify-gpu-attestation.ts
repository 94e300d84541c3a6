import { equalBytes, isZeroBytes } from '../bytes/bytes.ts';
import type { AttestationCode } from './codes.ts';
import { decodeCertificates } from './files/decode.ts';
import {
  type GPUAttestation,
  type LocalGPUEvidence,
  ModeSoftware,
  readGPUAttestation,
  softwareEvidenceOf,
} from './gpu-attestation.ts';
import type { GpuCollateralStock } from './nvidia/collateral-stock.ts';
import { AttestationRefusal, expect } from './refusal.ts';
import type { AcceptedVerdict, AttestationVerdict } from './verdict.ts';
import {
  type AttestationCollateral,
  type VerifyAttestationOptions,
  verifyAttestation,
} from './verify-attestation.ts';

export interface VerifyGPUAttestationOptions extends VerifyAttestationOptions {
  /** Reference manifests and lists for this very GPU; clients do not send them. */
  readonly collateral?: AttestationCollateral;
  /** Manifests and lists for many GPUs, of which those for this one are taken; in the place of `collateral`. */
  readonly stock?: GpuCollateralStock | undefined;
  /** The chain and provider for which a software statement must be signed. */
  readonly chainId: bigint;
  readonly provider: string;
}

/** The answer to a client: what upstream answers, and the reason. */
export interface GPUAttestationAnswer {
  readonly verified: boolean;
  readonly trustScore: number;
  /** 0 local hardware evidence, 1 a provider's statement. */
  readonly mode: number;
  /** Whether hardware vouches and its measurements are the vendor's references. */
  readonly hardwareCC: boolean;
  readonly code: AttestationCode;
}

// Names under which the chips are sold, as clients write them.
const MODELS_BY_CHIP: Readonly<Record<string, RegExp>> = {
  GH100: /\b(?:H100|H200|GH200|H800|H20)\b/,
  GB100: /\b(?:B100|B200|GB200)\b/,
  GB102: /\b(?:B100|B200|GB200)\b/,
  GB202: /\bRTX PRO 6000\b/,
};

/** Refuses (`contradiction`) declarations that differ from what was signed. What the evidence does not say is open. */
function assertNoContradiction(
  declared: GPUAttestation,
  local: LocalGPUEvidence,
  verdict: AcceptedVerdict,
): void {
  const [gpu] = verdict.gpus;
  if (gpu === undefined) return;
  const isSame = (text: string, signed: string): boolean => text === '' || text.toUpperCase() === signed;
  const models = MODELS_BY_CHIP[gpu.chip];
  const isModel = declared.model === '' || models?.test(declared.model.toUpperCase()) === true;
  expect(isModel, 'contradiction', `model "${declared.model.slice(0, 40)}" on a ${gpu.chip}`);
  expect(isSame(declared.driverVersion, gpu.driverVersion), 'contradiction', 'driver_version');
  expect(isSame(declared.vbiosVersion, gpu.vbiosVersion), 'contradiction', 'vbios_version');
  expect(!local.rimVerified || isRimMatched(verdict), 'contradiction', 'rim_verified');
  expect(gpu.feature === undefined || declared.ccEnabled, 'contradiction', 'cc_enabled');
  const isNonce = isZeroBytes(local.nonce) || equalBytes(local.nonce, verdict.reportData);
  expect(isNonce, 'contradiction', 'nonce');
}

const isRimMatched = ({ gpus }: AcceptedVerdict): boolean =>
  gpus.length > 0 &&
  gpus.every(({ comparedCount, mismatches }) => comparedCount > 0 && mismatches.length === 0);

function verifyLocal(declared: GPUAttestation, options: VerifyGPUAttestationOptions): AttestationVerdict {
  const { localEvidence: local } = declared;
  expect(local !== undefined, 'malformed', 'local_evidence is missing');
  const gpu = { report: local.spdmReport, chain: decodeCertificates(local.certChain, 'cert_chain') };
  const collateral = options.stock?.for([gpu]) ?? options.collateral ?? {};
  const verdict = verifyAttestation({ kind: 'nvidia', gpus: [gpu] }, collateral, options);
  if (verdict.accepted) assertNoContradiction(declared, local, verdict);
  return verdict;
}

function verifyStatement(declared: GPUAttestation, options: VerifyGPUAttestationOptions): AttestationVerdict {
  const { softwareAttestation: software, ccEnabled, teeIoEnabled } = declared;
  expect(software !== undefined, 'malformed', 'software_attestation is missing');
  const { chainId, provider, claimant = {} } = options;
  const evidence = softwareEvidenceOf(declared, software, { chainId, provider });
  const verdict = verifyAttestation(
    evidence,
    {},
    { ...options, claimant: { ...claimant, chainId, provider } },
  );
  if (!verdict.accepted) return verdict;
  const isSame = (outer: string, signed: string): boolean => outer === '' || outer === signed;
  expect(isSame(declared.driverVersion, software.driverVersion), 'contradiction', 'driver_version');
  expect(isSame(declared.vbiosVersion, software.vbiosVersion), 'contradiction', 'vbios_version');
  expect(!ccEnabled && !teeIoEnabled, 'contradiction', 'a statement cannot vouch for confidential computing');
  return verdict;
}

/**
 * Verifies a GPU attestation in the JSON shape that clients send. Only what is signed counts: declared properties
 * earn nothing, and those that contradict the evidence refuse it.
 *
 * @param attestation parsed JSON of any shape; a wrong one is answered `malformed`.
 * @example verifyGPUAttestationShape(JSON.parse(body).gpu_attestation, { now, policy, chainId: 7n, provider: 'p-1' })
 */
export function verifyGPUAttestationShape(
  attestation: unknown,
  options: VerifyGPUAttestationOptions,
): GPUAttestationAnswer {
  const isSoftware =
    typeof attestation === 'object' &&
    attestation !== null &&
    (attestation as { readonly mode?: unknown }).mode === ModeSoftware;
  const mode = isSoftware ? 1 : 0;
  try {
    const declared = readGPUAttestation(attestation);
    const verdict = isSoftware ? verifyStatement(declared, options) : verifyLocal(declared, options);
    const { accepted: verified, trustScore, code } = verdict;
    return { verified, trustScore, mode, hardwareCC: verdict.accepted && isRimMatched(verdict), code };
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    return { verified: false, trustScore: 0, mode, hardwareCC: false, code: error.code };
  }
}
