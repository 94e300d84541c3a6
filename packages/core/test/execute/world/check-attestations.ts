import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { ProviderStatus } from '@aivm/core/state';
import { expect } from 'vitest';
import type { Census } from './census.ts';

/** Attestations belong to providers that exist, or wait for one that does not; what a device says of its holder is true. */
export function checkAttestations(census: Census): void {
  const { chain, providers, attestations, waiting, devices, documents, slots } = census;
  for (const [id, attestation] of attestations) {
    const provider = providers.find((one) => one.id === id);
    expect([id, provider?.status === ProviderStatus.withdrawn]).toEqual([id, false]);
    expect(attestation.provider).toBe(id);
    expect(bytesToHex(attestation.operator)).toBe(bytesToHex(provider?.operator ?? new Uint8Array()));
    expect(attestation.validFrom <= attestation.validUntil && attestation.score <= 100).toBe(true);
    if (attestation.queuedEpoch === chain.epoch && attestation.hardware) {
      expect(attestation.queuedPlace).toBeLessThanOrEqual(
        chain.kernelOpsFirst + chain.attestationOps + chain.modelOps + chain.anchorOps,
      );
    }
  }
  for (const [operator, attestation] of waiting) {
    expect(bytesToHex(attestation.operator)).toBe(operator);
    const own = providers.find(
      ({ id, operator: by }) => id === attestation.provider && equalBytes(by, attestation.operator),
    );
    expect(own?.id).toBeUndefined();
  }
  const all = [...attestations.values(), ...waiting.values()];
  for (const [device, { operator, provider, until }] of devices) {
    const holders = all.filter(
      (one) =>
        one.provider === provider &&
        equalBytes(one.operator, operator) &&
        one.validUntil === until &&
        one.devices.some((key) => bytesToHex(key) === device),
    );
    expect([device, holders.length]).toEqual([device, 1]);
  }
  // Nothing is kept but the newest document of each subject.
  expect([...slots.keys()].sort()).toEqual([...documents.keys()].sort());
}
