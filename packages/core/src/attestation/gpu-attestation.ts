import { asFlag, asRecord, type JsonRecord } from './encoding/json.ts';
import { goBytes, goBytes32, goText, goTime, goUint64 } from './files/go-json.ts';
import { refuse } from './refusal.ts';
import type { SoftwareEvidence } from './software/verify-software.ts';

/** Modes of the JSON dialect. */
const ModeLocal = 0;
export const ModeSoftware = 1;

/** Hardware evidence as clients send it. `rimVerified` is their word, compared with ours. */
export interface LocalGPUEvidence {
  readonly spdmReport: Uint8Array;
  readonly certChain: Uint8Array;
  readonly rimVerified: boolean;
  readonly driverReport: Uint8Array;
  readonly nonce: Uint8Array;
}

/** A provider's statement as clients send it. */
export interface SoftwareGPUAttestation {
  readonly gpuSerial: string;
  readonly pciId: string;
  readonly boardId: string;
  readonly gpuPartNumber: string;
  readonly computeCapability: string;
  readonly driverVersion: string;
  readonly cudaVersion: string;
  readonly vbiosVersion: string;
  readonly benchmarkHash: Uint8Array;
  readonly benchmarkTimeMs: bigint;
  readonly providerPublicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly timestamp: number;
  readonly nonce: Uint8Array;
}

/** A GPU attestation as clients send it: declarations, and evidence for one of two modes. */
export interface GPUAttestation {
  readonly deviceId: string;
  readonly model: string;
  readonly ccEnabled: boolean;
  readonly teeIoEnabled: boolean;
  readonly driverVersion: string;
  readonly vbiosVersion: string;
  readonly timestamp: number;
  readonly mode: typeof ModeLocal | typeof ModeSoftware;
  readonly localEvidence: LocalGPUEvidence | undefined;
  readonly softwareAttestation: SoftwareGPUAttestation | undefined;
}

function readLocal(record: JsonRecord): LocalGPUEvidence {
  return {
    spdmReport: goBytes(record.spdm_report, 'spdm_report'),
    certChain: goBytes(record.cert_chain, 'cert_chain'),
    rimVerified: asFlag(record.rim_verified, 'rim_verified'),
    driverReport: goBytes(record.driver_report, 'driver_report'),
    nonce: goBytes32(record.nonce, 'nonce'),
  };
}

function readSoftware(record: JsonRecord): SoftwareGPUAttestation {
  return {
    gpuSerial: goText(record.gpu_serial, 'gpu_serial'),
    pciId: goText(record.pci_id, 'pci_id'),
    boardId: goText(record.board_id, 'board_id'),
    gpuPartNumber: goText(record.gpu_part_num, 'gpu_part_num'),
    computeCapability: goText(record.compute_caps, 'compute_caps'),
    driverVersion: goText(record.driver_version, 'driver_version'),
    cudaVersion: goText(record.cuda_version, 'cuda_version'),
    vbiosVersion: goText(record.vbios_version, 'vbios_version'),
    benchmarkHash: goBytes32(record.benchmark_hash, 'benchmark_hash'),
    benchmarkTimeMs: goUint64(record.benchmark_time_ms, 'benchmark_time_ms'),
    providerPublicKey: goBytes(record.provider_pubkey, 'provider_pubkey'),
    signature: goBytes(record.signature, 'signature'),
    timestamp: goTime(record.timestamp, 'timestamp'),
    nonce: goBytes32(record.nonce, 'nonce'),
  };
}

const present = (value: unknown): boolean => value !== undefined && value !== null;

/** Reads the JSON of a GPU attestation; unknown members are ignored, members of a wrong type are `malformed`. */
export function readGPUAttestation(value: unknown): GPUAttestation {
  const record = asRecord(value, 'gpu_attestation');
  const { local_evidence: local, software_attestation: software } = record;
  const mode = present(record.mode) ? record.mode : ModeLocal;
  if (mode !== ModeLocal && mode !== ModeSoftware) refuse('malformed', 'mode: expected 0 or 1');
  return {
    deviceId: goText(record.device_id, 'device_id'),
    model: goText(record.model, 'model'),
    ccEnabled: asFlag(record.cc_enabled, 'cc_enabled'),
    teeIoEnabled: asFlag(record.tee_io_enabled, 'tee_io_enabled'),
    driverVersion: goText(record.driver_version, 'driver_version'),
    vbiosVersion: goText(record.vbios_version, 'vbios_version'),
    timestamp: goTime(record.timestamp, 'timestamp'),
    mode,
    localEvidence: present(local) ? readLocal(asRecord(local, 'local_evidence')) : undefined,
    softwareAttestation: present(software)
      ? readSoftware(asRecord(software, 'software_attestation'))
      : undefined,
  };
}

/** The signed statement in a software attestation, for a chain and provider. */
export function softwareEvidenceOf(
  { deviceId, model }: GPUAttestation,
  software: SoftwareGPUAttestation,
  { chainId, provider }: { readonly chainId: bigint; readonly provider: string },
): SoftwareEvidence {
  const { providerPublicKey, signature, nonce, ...claims } = software;
  return {
    kind: 'software',
    chainId,
    provider,
    nonce,
    statement: { deviceId, model, ...claims },
    publicKey: providerPublicKey,
    signature,
  };
}
