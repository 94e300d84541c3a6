import { equalBytes } from '../../bytes/bytes.ts';
import type { TimeWindow } from '../encoding/time.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect } from '../refusal.ts';
import type { CertificateChain } from './chain.ts';
import { assertRevocationList, isRevoked, parseRevocationList } from './crl.ts';

export interface CheckRevocationParameters {
  readonly chain: CertificateChain;
  /** DER lists, any order; each must be by an authority of the chain. */
  readonly lists: readonly Uint8Array[];
  readonly primitives: AttestationPrimitives;
  readonly isUsageWaived: boolean;
  readonly name: string;
}

export interface RevocationCheck {
  /** The window of every list that was used. */
  readonly windows: readonly TimeWindow[];
  /** Whether the list of the root was among them. */
  readonly isComplete: boolean;
}

/**
 * Checks a chain against the lists of its authorities, each of which must be signed by the one that it names. Not
 * every authority publishes one (a GPU certifies its own keys), so only the root's is asked for.
 */
export function checkRevocation(parameters: CheckRevocationParameters): RevocationCheck {
  const { chain, primitives, isUsageWaived, name } = parameters;
  expect(parameters.lists.length <= ATTESTATION_LIMITS.crlsMax, 'too_large', `${name}: revocation lists`);
  const lists = parameters.lists.map(parseRevocationList);
  const used = new Set<number>();
  for (const [i, list] of lists.entries()) {
    const at = chain.findIndex((authority, k) => k > 0 && equalBytes(authority.subject, list.issuer));
    const issuer = chain[at];
    expect(issuer !== undefined, 'collateral_mismatch', `${name}: list ${i} is of another authority`);
    assertRevocationList({ list, issuer, primitives, isUsageWaived });
    used.add(at);
    const revoked = chain.findIndex(
      (certificate, k) => chain[k + 1] === issuer && isRevoked(list, certificate),
    );
    expect(revoked < 0, 'revoked', `${name}: certificate ${revoked}`);
  }
  const root = chain.length - 1;
  return { windows: lists.map((list) => list.window), isComplete: used.has(root) };
}
