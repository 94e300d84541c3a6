import { createHash } from 'node:crypto';
import type { AttestationPrimitives } from '@aivm/core/attestation';

const KEPT_MAX = 4_096;

/**
 * The same answers, without verifying a signature again that verified before: chains and manifests come back with every
 * attestation. What did not verify is not kept, since a forger can send a new forgery each time.
 */
export function createRememberingPrimitives(inner: AttestationPrimitives): AttestationPrimitives {
  const verified = new Set<string>();
  const remember = <P extends object>(name: string, verify: (parameters: P) => boolean) => {
    return (parameters: P): boolean => {
      const hash = createHash('sha256').update(name);
      for (const value of Object.values(parameters)) {
        const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
        hash.update(`${bytes.length} `).update(bytes);
      }
      const key = hash.digest('base64');
      if (verified.has(key)) return true;
      if (!verify(parameters)) return false;
      if (verified.size >= KEPT_MAX) verified.clear();
      verified.add(key);
      return true;
    };
  };
  return {
    ...inner,
    verifyEcdsa: remember('ecdsa', (parameters) => inner.verifyEcdsa(parameters)),
    verifyRsaPss: remember('rsa-pss', (parameters) => inner.verifyRsaPss(parameters)),
    verifyEd25519: remember('ed25519', (parameters) => inner.verifyEd25519(parameters)),
    verifySecp256k1: remember('secp256k1', (parameters) => inner.verifySecp256k1(parameters)),
  };
}
