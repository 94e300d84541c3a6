import { DEFAULT_ATTESTATION_POLICY, verifyGPUAttestationShape } from '@aivm/core/attestation';
import {
  type GpuTestOptions,
  makeGpu,
  makeRims,
  makeSoftware,
  NOW,
  TEST_POLICY,
  toPem,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { bytesToBase64 } from '../../src/attestation/encoding/base64.ts';

const RIMS = makeRims();
const OPTIONS = {
  now: NOW,
  policy: TEST_POLICY,
  collateral: { rims: RIMS },
  chainId: 7n,
  provider: 'provider-1',
};
const answer = (attestation: unknown, options: object = {}) =>
  verifyGPUAttestationShape(attestation, { ...OPTIONS, ...options });

function local(declared: object = {}, evidence: object = {}, options: GpuTestOptions = {}): object {
  const { gpu } = makeGpu(options);
  return {
    device_id: 'gpu-0',
    model: 'H100',
    driver_version: '550.90.07',
    vbios_version: '96.00.9f.00.01',
    timestamp: '2025-06-15T15:00:00Z',
    mode: 0,
    ...declared,
    local_evidence: {
      spdm_report: bytesToBase64(gpu.report),
      cert_chain: Buffer.from(toPem(gpu.chain)).toString('base64'),
      rim_verified: true,
      nonce: new Array(32).fill(0x9c),
      ...evidence,
    },
  };
}

function software(declared: object = {}, inner: object = {}): object {
  const { statement, publicKey, signature, nonce } = makeSoftware();
  return {
    device_id: statement.deviceId,
    model: statement.model,
    mode: 1,
    ...declared,
    software_attestation: {
      gpu_serial: statement.gpuSerial,
      pci_id: statement.pciId,
      board_id: statement.boardId,
      gpu_part_num: statement.gpuPartNumber,
      compute_caps: statement.computeCapability,
      driver_version: statement.driverVersion,
      cuda_version: statement.cudaVersion,
      vbios_version: statement.vbiosVersion,
      benchmark_hash: [...statement.benchmarkHash],
      benchmark_time_ms: String(statement.benchmarkTimeMs),
      provider_pubkey: bytesToBase64(publicKey),
      signature: bytesToBase64(signature),
      timestamp: '2025-06-15T15:05:40Z',
      nonce: [...nonce],
      ...inner,
    },
  };
}

describe('the GPU attestation shape', () => {
  it('answers what is signed', () => {
    expect(answer(local())).toEqual({
      verified: true,
      trustScore: 83,
      mode: 0,
      hardwareCC: true,
      code: 'ok',
    });
    expect(answer(software())).toEqual({
      verified: true,
      trustScore: 60,
      mode: 1,
      hardwareCC: false,
      code: 'ok',
    });
  });

  it('gives nothing for zeros with the right words', () => {
    const zeros = bytesToBase64(new Uint8Array(256));
    const words = { cc_enabled: true, tee_io_enabled: true, model: 'GB200' };
    const evidence = { spdm_report: zeros, cert_chain: zeros, rim_verified: true };
    expect(answer(local(words, evidence))).toEqual({
      verified: false,
      trustScore: 0,
      mode: 0,
      hardwareCC: false,
      code: 'malformed',
    });
  });

  const feature = { fields: new Map([[36, Uint8Array.of(0)]]) };
  it.each([
    [
      'no declarations',
      local({ model: undefined, driver_version: undefined, vbios_version: undefined }),
      'ok',
    ],
    ['H200', local({ model: 'NVIDIA H200 141GB' }), 'ok'],
    ['B200 on a GH100', local({ model: 'B200' }), 'contradiction'],
    ['consumer model', local({ model: 'RTX 4090' }), 'contradiction'],
    [
      'B200 on a GB100',
      local({ model: 'B200' }, {}, { deviceName: 'NVIDIA:GB100:0123456789ABCDEF' }),
      'rim_mismatch',
    ],
    ['another driver', local({ driver_version: '550.90.08' }), 'contradiction'],
    ['another firmware', local({ vbios_version: '96.00.9f.00.02' }), 'contradiction'],
    ['another nonce', local({}, { nonce: new Array(32).fill(1) }), 'contradiction'],
    ['no nonce', local({}, { nonce: undefined }), 'ok'],
    ['confidential mode, not said by the report', local({ cc_enabled: true }), 'ok'],
    ['confidential mode, said by both', local({ cc_enabled: true }, {}, feature), 'ok'],
    [
      'confidential mode denied, said by the report',
      local({ cc_enabled: false }, {}, feature),
      'contradiction',
    ],
    ['references not claimed', local({}, { rim_verified: false }), 'ok'],
    ['statement in place of evidence', { ...software(), mode: 0 }, 'malformed'],
    ['evidence in place of a statement', { ...local(), mode: 1 }, 'malformed'],
    ['mode 2', local({ mode: 2 }), 'malformed'],
    ['mode as text', local({ mode: '0' }), 'malformed'],
    ['a flag as text', local({ cc_enabled: 'yes' }), 'malformed'],
    ['31 numbers', local({}, { nonce: new Array(31).fill(1) }), 'malformed'],
    ['a number above 255', local({}, { nonce: new Array(32).fill(256) }), 'malformed'],
    ['base64 with white space', local({}, { spdm_report: 'AA AA' }), 'malformed'],
    ['null', null, 'malformed'],
    ['text', 'attested', 'malformed'],
    ['a list', [], 'malformed'],
  ])('hardware: %s', (_name, attestation, code) => {
    expect(answer(attestation).code).toBe(code);
  });

  it('refuses claimed references that nobody compared', () => {
    const policy = { ...TEST_POLICY, nvidia: { requiresRim: false } };
    expect(answer(local(), { policy, collateral: {} }).code).toBe('contradiction');
    const modest = answer(local({}, { rim_verified: false }), { policy, collateral: {} });
    expect(modest).toMatchObject({ verified: true, trustScore: 78, hardwareCC: false });
  });

  it.each([
    ['another model', software({ model: 'RTX 4090' }), 'signature'],
    ['another device', software({ device_id: 'gpu-1' }), 'signature'],
    ['another driver outside', software({ driver_version: '1.0' }), 'contradiction'],
    ['confidential mode', software({ cc_enabled: true }), 'contradiction'],
    ['trusted I/O', software({ tee_io_enabled: true }), 'contradiction'],
    ['another benchmark', software({}, { benchmark_time_ms: 1 }), 'signature'],
    ['a time in another zone', software({}, { timestamp: '2025-06-15T17:05:40+02:00' }), 'malformed'],
    ['a negative number', software({}, { benchmark_time_ms: -1 }), 'malformed'],
  ])('statement: %s', (_name, attestation, code) => {
    expect(answer(attestation).code).toBe(code);
  });

  it('binds a statement to chain, provider and registered key', () => {
    expect(answer(software(), { chainId: 8n }).code).toBe('signature');
    expect(answer(software(), { provider: 'provider-2' }).code).toBe('signature');
    expect(answer(software(), { claimant: { publicKey: new Uint8Array(32) } }).code).toBe('binding');
  });

  it('does not take test roots under the default policy', () => {
    expect(answer(local(), { policy: DEFAULT_ATTESTATION_POLICY }).code).toBe('chain');
  });
});
