import { createHash } from 'node:crypto';
import type { AttestationPrimitives } from '@aivm/core';
import { nodePrimitives } from '@aivm/node';

/** More than the signatures of all samples; past it nothing new is remembered. */
const KEPT_MAX = 10_000;

/**
 * OpenSSL with a memory of what verified: a mutant repeats every signature of its sample but the one that it breaks.
 * Refusals are not kept, since no two mutants share them.
 */
export function createFuzzPrimitives(): AttestationPrimitives {
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
      const holds = verify(parameters);
      if (holds && verified.size < KEPT_MAX) verified.add(key);
      return holds;
    };
  };
  return {
    ...nodePrimitives,
    verifyEcdsa: remember('ecdsa', (parameters) => nodePrimitives.verifyEcdsa(parameters)),
    verifyRsaPss: remember('pss', (parameters) => nodePrimitives.verifyRsaPss(parameters)),
    verifyEd25519: remember('ed25519', (parameters) => nodePrimitives.verifyEd25519(parameters)),
    verifySecp256k1: remember('secp256k1', (parameters) => nodePrimitives.verifySecp256k1(parameters)),
  };
}
