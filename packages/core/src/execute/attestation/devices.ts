import { type AttestationKind, KIND_NUMBER } from '../../attestation/kinds.ts';
import { equalBytes } from '../../bytes/bytes.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { stateKeys } from '../../state/keys.ts';
import { readProvider } from '../../state/read.ts';
import { readAttestedDevice } from '../../state/read-attestation.ts';
import {
  type AttestedDevice,
  attestedDeviceCodec,
  type ProviderAttestation,
} from '../../state/records/provider-attestation.ts';
import type { BlockContext } from '../context/block-context.ts';

/** Who holds a device: a provider of an operator, whether or not it is registered yet. */
export type Holder = Pick<ProviderAttestation, 'operator' | 'provider'>;

/** The key of a device under which the state says who holds it: 32 bytes. Enclaves and TDs of one processor share one. */
export const deviceKeyOf = (kind: AttestationKind, id: string): Uint8Array =>
  namedHash('AttestedDevice', Uint8Array.of(KIND_NUMBER[kind === 'sgx' ? 'tdx' : kind]), utf8ToBytes(id));

const isHeldBy = (held: AttestedDevice, { operator, provider }: Holder): boolean =>
  held.provider === provider && equalBytes(held.operator, operator);

/** Whether `held` waits for a provider that its operator has not registered: it earns nothing, and its device is free to the operator. */
function isWaiting(context: BlockContext, held: AttestedDevice): boolean {
  const provider = readProvider(context.state, held.provider);
  return provider === undefined || !equalBytes(provider.operator, held.operator);
}

/**
 * Whether a device is held by somebody else, or for another registered provider of the same operator, at this block's
 * time: until the attestation that showed it has ended. A device that waits with its operator is that operator's to use.
 */
export function isDeviceHeldByAnother(context: BlockContext, device: Uint8Array, holder: Holder): boolean {
  const held = readAttestedDevice(context.state, device);
  if (held === undefined || held.until < context.timestamp || isHeldBy(held, holder)) return false;
  return !equalBytes(held.operator, holder.operator) || !isWaiting(context, held);
}

/** The devices of an attestation that ends before its time become free: a newer one took its place, or its provider left. */
export function releaseDevices(context: BlockContext, attestation: ProviderAttestation): void {
  for (const device of attestation.devices) {
    const held = readAttestedDevice(context.state, device);
    if (held !== undefined && isHeldBy(held, attestation)) {
      context.state.delete(stateKeys.attestedDevice(device));
    }
  }
}

/** The provider of an attestation holds its devices until it ends. */
export function holdDevices(context: BlockContext, attestation: ProviderAttestation): void {
  const { operator, provider, validUntil: until, devices } = attestation;
  for (const device of devices) {
    const key = stateKeys.attestedDevice(device);
    context.state.setRecord(key, attestedDeviceCodec, { operator, provider, until });
  }
}
