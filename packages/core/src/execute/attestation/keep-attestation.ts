import { measurementDigest } from '../../attestation/envelope.ts';
import { equalBytes } from '../../bytes/bytes.ts';
import { AttestationOp } from '../../layout/attestation-op.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain } from '../../state/read.ts';
import {
  isAttestationCurrent,
  readProviderAttestation,
  readWaitingAttestation,
} from '../../state/read-attestation.ts';
import {
  type ProviderAttestation,
  providerAttestationCodec,
} from '../../state/records/provider-attestation.ts';
import type { BlockContext } from '../context/block-context.ts';
import { KernelTable, queueKernelOp, replaceKernelOp, requireAttestationRoom } from '../epochs/kernel-ops.ts';
import { holdDevices, releaseDevices } from './devices.ts';
import { secondsToNanoseconds } from './nanoseconds.ts';

const kernelOpOf = (attestation: ProviderAttestation, epoch: bigint): Uint8Array =>
  AttestationOp.create({
    TEEQuoteDigest: attestation.quoteDigest,
    Measurement: measurementDigest(attestation.measurement),
    AttestingKey: attestation.attestingKey,
    // The kernels' expiry is the first moment at which it no longer counts, ours the last second at which it does.
    ExpiryNS: secondsToNanoseconds(attestation.validUntil + 1),
    Kind: attestation.kind,
    EvidenceOffset: 0,
    EvidenceLen: 0,
    Epoch: Number(BigInt.asUintN(32, epoch)),
  }).bytes;

/**
 * Tells the kernels of verified hardware. One entry a provider and epoch: attesting again in the same epoch replaces what
 * waits, and changes nothing once that was applied, so that the table grows by as many entries as there are providers,
 * however often they attest.
 * @throws AivmError `table_full`.
 */
function queueAttestation(
  context: BlockContext,
  attestation: ProviderAttestation,
  before: ProviderAttestation | undefined,
): ProviderAttestation {
  if (!attestation.hardware) return attestation;
  const { epoch } = readChain(context.state);
  const op = kernelOpOf(attestation, epoch);
  if (before !== undefined && before.queuedEpoch === epoch && before.queuedPlace > 0) {
    replaceKernelOp(context, before.queuedPlace - 1, op);
    return { ...attestation, queuedEpoch: epoch, queuedPlace: before.queuedPlace };
  }
  requireAttestationRoom(context);
  const number = queueKernelOp(context, KernelTable.attestation, op);
  return { ...attestation, queuedEpoch: epoch, queuedPlace: number + 1 };
}

/** What waits with the operator ends where its device goes to another provider: a device counts once. */
function dropWaitingOf(context: BlockContext, { operator, devices }: ProviderAttestation): void {
  const waiting = readWaitingAttestation(context.state, operator);
  const isShared = waiting?.devices.some((own) => devices.some((device) => equalBytes(own, device)));
  if (waiting === undefined || isShared !== true) return;
  releaseDevices(context, waiting);
  context.state.delete(stateKeys.waitingAttestation(operator));
}

/** The attestation becomes that of its registered provider. @throws AivmError `table_full`. */
export function keepAttestation(context: BlockContext, attestation: ProviderAttestation): void {
  const before = readProviderAttestation(context.state, attestation.provider);
  dropWaitingOf(context, attestation);
  if (before !== undefined) releaseDevices(context, before);
  const queued = queueAttestation(context, attestation, before);
  context.state.setRecord(stateKeys.attestation(attestation.provider), providerAttestationCodec, queued);
  holdDevices(context, queued);
  context.events.push({ kind: 'provider', provider: attestation.provider, change: 'attested' });
}

/** The attestation waits for its provider to be registered; an operator has one that waits. */
export function keepWaitingAttestation(context: BlockContext, attestation: ProviderAttestation): void {
  const before = readWaitingAttestation(context.state, attestation.operator);
  if (before !== undefined) releaseDevices(context, before);
  const key = stateKeys.waitingAttestation(attestation.operator);
  context.state.setRecord(key, providerAttestationCodec, attestation);
  holdDevices(context, attestation);
}

/** What waits for this provider of this operator, if it still counts. */
export function waitingAttestation(
  context: BlockContext,
  operator: Uint8Array,
  provider: string,
): ProviderAttestation | undefined {
  const waiting = readWaitingAttestation(context.state, operator);
  const isMeant = waiting?.provider === provider;
  return isMeant && isAttestationCurrent(context.state, waiting, context.timestamp) ? waiting : undefined;
}

/** The provider is registered: what waited for it is its own now, or goes if it has ended meanwhile. */
export function adoptAttestation(context: BlockContext, operator: Uint8Array, provider: string): void {
  const waiting = readWaitingAttestation(context.state, operator);
  if (waiting === undefined || waiting.provider !== provider) return;
  const isCurrent = isAttestationCurrent(context.state, waiting, context.timestamp);
  context.state.delete(stateKeys.waitingAttestation(operator));
  if (isCurrent) keepAttestation(context, waiting);
  else releaseDevices(context, waiting);
}

/** The provider has left: nothing is kept of its evidence, and its devices are free. */
export function dropAttestation(context: BlockContext, provider: string): void {
  const attestation = readProviderAttestation(context.state, provider);
  if (attestation === undefined) return;
  releaseDevices(context, attestation);
  context.state.delete(stateKeys.attestation(provider));
}
