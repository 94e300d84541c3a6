import { type AttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { bytesToHex } from '@aivm/core/bytes';
import { sha256 } from '@noble/hashes/sha2.js';

/**
 * The portable primitives with a memory: hundreds of cases share their chains, and one P-384 verification takes
 * milliseconds. Answers are kept by everything that went in.
 */
export function createMemoPrimitives(inner: AttestationPrimitives = noblePrimitives): AttestationPrimitives {
  const answers = new Map<string, boolean>();
  const keyOf = (parameters: object): string =>
    Object.values(parameters)
      .map((value) => (value instanceof Uint8Array ? bytesToHex(sha256(value)) : String(value)))
      .join(' ');
  const remember = <P extends object>(verify: (parameters: P) => boolean) => {
    return (parameters: P): boolean => {
      const key = keyOf(parameters);
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = verify(parameters);
      answers.set(key, answer);
      return answer;
    };
  };
  return {
    ...inner,
    verifyEcdsa: remember((parameters) => inner.verifyEcdsa(parameters)),
    verifyRsaPss: remember((parameters) => inner.verifyRsaPss(parameters)),
  };
}
