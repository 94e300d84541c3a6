import { createECDH, createHash } from 'node:crypto';
import { type SoftwareStatement, softwareMessage } from '@aivm/core/attestation';
import { signDigest } from '@aivm/core/crypto';
import type { EvidenceSource } from './evidence-source.ts';

/** What the operator says of a card that cannot speak for itself. */
export type SoftwareClaims = Omit<SoftwareStatement, 'timestamp'>;

const SIGNATURE_BYTES = 64;

function compressedKeyOf(privateKey: Uint8Array): Uint8Array {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(privateKey);
  return new Uint8Array(pair.getPublicKey(undefined, 'compressed'));
}

/**
 * A statement under the operator's own key. It shows who claims, and nothing of the hardware: it is worth a score, but
 * never a shorter window.
 * @param privateKey the operator's 32 bytes
 */
export const createSoftwareSource = (claims: SoftwareClaims, privateKey: Uint8Array): EvidenceSource => ({
  makeEvidence: async ({ chainId, provider, blockTime, bindingOf }) => {
    const statement: SoftwareStatement = { ...claims, timestamp: blockTime };
    const message = softwareMessage({ chainId, provider, nonce: bindingOf('software'), statement });
    const digest = createHash('sha256').update(message).digest();
    const signature = signDigest(digest, privateKey).slice(0, SIGNATURE_BYTES);
    return {
      processors: [],
      gpus: [],
      statements: [{ statement, publicKey: compressedKeyOf(privateKey), signature }],
    };
  },
});
