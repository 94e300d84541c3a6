import { bytesToHex } from '@aivm/core/bytes';
import {
  type CollateralSlot,
  isAttestationCurrent,
  type ProviderAttestation,
  readCollateralSlot,
  readProviderAttestation,
  readWaitingAttestation,
  stateKeys,
} from '@aivm/core/state';
import type { Client } from '@aivm/sdk';

/** The head of the chain, whose id evidence answers. */
export interface ChainHead {
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly height: number;
  readonly id: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** What attesting asks of a node. Every method throws AivmError `unreachable` while no node answers. */
export interface AttestationNode {
  getHead(): Promise<ChainHead>;
  /** The last attestation of a provider, or the one that waits until its operator registers it. */
  getAttestation(provider: string, operator: Uint8Array): Promise<ProviderAttestation | undefined>;
  /** Whether an attestation counts at a time: not expired, and no newer revocation list is known. */
  isCurrent(attestation: ProviderAttestation, timestamp: number): Promise<boolean>;
  /** What the chain holds of a vendor's documents in a slot. */
  getDocument(slot: Uint8Array): Promise<CollateralSlot | undefined>;
}

/** The values of some keys, as a state that readers take. */
async function readState(client: Client, keys: readonly Uint8Array[]) {
  const values = new Map<string, Uint8Array | undefined>();
  for (const key of keys) values.set(bytesToHex(key), (await client.getStateProof(key)).value);
  return { get: (key: Uint8Array) => values.get(bytesToHex(key)) };
}

/** What attesting asks of a node, over the HTTP API. */
export const createAttestationNode = (client: Client): AttestationNode => ({
  getHead: async () => {
    const { hash, header } = await client.getBlock((await client.getHealth()).height);
    const { genesis_hash: genesisHash } = await client.getConfig();
    return {
      chainId: header.chainId,
      genesisHash,
      height: header.height,
      id: hash,
      timestamp: header.timestamp,
    };
  },
  getAttestation: async (provider, operator) => {
    const keys = [stateKeys.attestation(provider), stateKeys.waitingAttestation(operator)];
    const state = await readState(client, keys);
    const waiting = readWaitingAttestation(state, operator);
    return readProviderAttestation(state, provider) ?? (waiting?.provider === provider ? waiting : undefined);
  },
  isCurrent: async (attestation, timestamp) => {
    const slots = attestation.authorities.map(({ slot }) => stateKeys.collateralSlot(slot));
    return isAttestationCurrent(await readState(client, slots), attestation, timestamp);
  },
  getDocument: async (slot) =>
    readCollateralSlot(await readState(client, [stateKeys.collateralSlot(slot)]), slot),
});
