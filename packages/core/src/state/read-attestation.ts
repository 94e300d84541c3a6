import { KIND_NUMBER } from '../attestation/kinds.ts';
import type { AttestationPolicy } from '../attestation/policy.ts';
import { assert } from '../errors/aivm-error.ts';
import { attestationPolicyCodec, recordToPolicy } from './attestation-policy.ts';
import { stateKeys } from './keys.ts';
import { readOperator, readProvider, readRecord } from './read.ts';
import {
  type Collateral,
  type CollateralSlot,
  collateralCodec,
  collateralSlotCodec,
  tcbEvaluationCodec,
} from './records/collateral.ts';
import { ProviderStatus } from './records/provider.ts';
import {
  type AttestedDevice,
  attestedDeviceCodec,
  type ProviderAttestation,
  providerAttestationCodec,
} from './records/provider-attestation.ts';
import type { StateReader } from './state-view.ts';

/** What genesis demands of evidence beyond sound signatures. */
export function readAttestationPolicy(state: StateReader): AttestationPolicy {
  const record = readRecord(state, stateKeys.attestationPolicy(), attestationPolicyCodec);
  assert(record !== undefined, 'a state without its attestation policy');
  return recordToPolicy(record);
}

/** The last attestation of a registered provider, whether or not it still counts. */
export const readProviderAttestation = (
  state: StateReader,
  providerId: string,
): ProviderAttestation | undefined =>
  readRecord(state, stateKeys.attestation(providerId), providerAttestationCodec);

/** The attestation that an operator made for a provider that it has yet to register. */
export const readWaitingAttestation = (
  state: StateReader,
  operator: Uint8Array,
): ProviderAttestation | undefined =>
  readRecord(state, stateKeys.waitingAttestation(operator), providerAttestationCodec);

/** Who holds a device; it is free when absent or when its `until` has passed. */
export const readAttestedDevice = (state: StateReader, device: Uint8Array): AttestedDevice | undefined =>
  readRecord(state, stateKeys.attestedDevice(device), attestedDeviceCodec);

/** The newest document on a subject. */
export const readCollateral = (state: StateReader, slot: Uint8Array): Collateral | undefined =>
  readRecord(state, stateKeys.collateral(slot), collateralCodec);

export const readCollateralSlot = (state: StateReader, slot: Uint8Array): CollateralSlot | undefined =>
  readRecord(state, stateKeys.collateralSlot(slot), collateralSlotCodec);

/** The newest evaluation of firmware levels that the chain has seen for one of Intel's environments; 0 = none. */
export const readTcbEvaluation = (state: StateReader, kind: 'sgx' | 'tdx'): number =>
  readRecord(state, stateKeys.tcbEvaluation(KIND_NUMBER[kind]), tcbEvaluationCodec)?.newest ?? 0;

/**
 * Whether an attestation counts at a block time: inside its validity, and no authority behind it has issued a list since
 * that revokes more than the list it was held against. Such a list ends every attestation under its authority, revoked
 * or not: looking further would cost a list's length on every use, and attesting again costs little.
 */
export const isAttestationCurrent = (
  state: StateReader,
  { validFrom, validUntil, authorities }: ProviderAttestation,
  timestamp: number,
): boolean =>
  validFrom <= timestamp &&
  timestamp <= validUntil &&
  authorities.every(
    ({ slot, thisUpdate }) => (readCollateralSlot(state, slot)?.revokedSince ?? 0) <= thisUpdate,
  );

/**
 * Whether an attestation is what a chain asks for that requires one: by hardware, with the score that it wants. A
 * statement that a provider signs itself is neither, whatever its score.
 */
export const isVouchedFor = (
  { hardware, score }: Pick<ProviderAttestation, 'hardware' | 'score'>,
  { minTrustScore }: { readonly minTrustScore: number },
): boolean => hardware && score >= minTrustScore;

/**
 * A provider's attestation if it counts at `timestamp`. Ask at every use: it ends with time, with a later revocation,
 * and with a conviction of the provider or of its operator.
 * @param timestamp block time, Unix seconds
 */
export function liveAttestation(
  state: StateReader,
  providerId: string,
  timestamp: number,
): ProviderAttestation | undefined {
  const attestation = readProviderAttestation(state, providerId);
  if (attestation === undefined || !isAttestationCurrent(state, attestation, timestamp)) return undefined;
  const isConvicted =
    readProvider(state, providerId)?.status === ProviderStatus.slashed ||
    readOperator(state, attestation.operator).convicted;
  return isConvicted ? undefined : attestation;
}
