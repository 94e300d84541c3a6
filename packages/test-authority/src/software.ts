import { type AttestationEvidence, softwareMessage } from '@aivm/core/attestation';
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { NOW } from './certificates.ts';

export type SoftwareTest = Extract<AttestationEvidence, { kind: 'software' }>;

const SECRET = new Uint8Array(32).fill(0x5e);

/** A signed statement. `claims` are signed; `after` is not. */
export function makeSoftware(
  scheme: 'ed25519' | 'secp256k1' = 'ed25519',
  claims: Partial<SoftwareTest['statement']> = {},
  after: Partial<SoftwareTest> = {},
): SoftwareTest {
  const message = {
    chainId: 7n,
    provider: 'provider-1',
    nonce: new Uint8Array(32).fill(0x9d),
    statement: {
      deviceId: 'gpu-0',
      model: 'RTX 5090',
      gpuSerial: '1650522',
      pciId: '0000:01:00.0',
      boardId: '0x100',
      gpuPartNumber: '2B85-400-A1',
      computeCapability: '12.0',
      driverVersion: '575.32',
      cudaVersion: '12.9',
      vbiosVersion: '98.02.2e.00.01',
      benchmarkHash: new Uint8Array(32).fill(0xbe),
      benchmarkTimeMs: 1_234n,
      timestamp: NOW - 60,
      ...claims,
    },
  };
  const bytes = softwareMessage(message);
  const isEd = scheme === 'ed25519';
  const publicKey = isEd ? ed25519.getPublicKey(SECRET) : secp256k1.getPublicKey(SECRET, true);
  const signature = isEd
    ? ed25519.sign(bytes, SECRET)
    : secp256k1.sign(sha256(bytes), SECRET, { prehash: false, lowS: true });
  return { kind: 'software', ...message, publicKey, signature, ...after };
}

/** Who signs a statement of its own making: the compressed key and the signature, as evidence carries them. */
export const signSoftware = (
  message: Parameters<typeof softwareMessage>[0],
  secret: Uint8Array,
): Pick<SoftwareTest, 'publicKey' | 'signature'> => ({
  publicKey: secp256k1.getPublicKey(secret, true),
  signature: secp256k1.sign(sha256(softwareMessage(message)), secret, { prehash: false, lowS: true }),
});
