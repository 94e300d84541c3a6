import { equalBytes } from '../../bytes/bytes.ts';
import type { TimeWindow } from '../encoding/time.ts';
import type { UsedList } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect } from '../refusal.ts';
import type { CertificateChain } from './chain.ts';
import {
  assertRevocationList,
  identifyList,
  isRevoked,
  parseRevocationList,
  type RevocationList,
} from './crl.ts';

export interface CheckRevocationParameters {
  /** Verified chains. */
  readonly chains: readonly CertificateChain[];
  /** DER lists, any order; each must be by an authority of one of the chains. */
  readonly lists: readonly Uint8Array[];
  readonly primitives: AttestationPrimitives;
  readonly isUsageWaived: boolean;
}

export interface RevocationCheck {
  /** The window of every list that was used. */
  readonly windows: readonly TimeWindow[];
  readonly used: readonly UsedList[];
  /** Whether the list of every root was among them. */
  readonly isComplete: boolean;
}

/** Whether the list is by an authority of the chain; refuses where that list revokes the certificate below. */
function applies(
  list: RevocationList,
  chain: CertificateChain,
  parameters: CheckRevocationParameters,
): boolean {
  const at = chain.findIndex((authority, i) => i > 0 && equalBytes(authority.subject, list.issuer));
  const issuer = chain[at];
  if (issuer === undefined) return false;
  const { primitives, isUsageWaived } = parameters;
  assertRevocationList({ list, issuer, primitives, isUsageWaived });
  const revoked = chain.findIndex(
    (certificate, i) => chain[i + 1] === issuer && isRevoked(list, certificate),
  );
  expect(revoked < 0, 'revoked', `certificate ${revoked}`);
  return true;
}

/**
 * Checks chains against the lists of their authorities, each of which must be signed by the one that it names. Not
 * every authority publishes one (a GPU certifies its own keys), so only the roots' are asked for.
 */
export function checkRevocation(parameters: CheckRevocationParameters): RevocationCheck {
  const { chains } = parameters;
  expect(parameters.lists.length <= ATTESTATION_LIMITS.crlsMax, 'too_large', 'revocation lists');
  const lists = parameters.lists.map(parseRevocationList);
  for (const [i, list] of lists.entries()) {
    const uses = chains.filter((chain) => applies(list, chain, parameters));
    expect(uses.length > 0, 'collateral_mismatch', `revocation list ${i} is of another authority`);
  }
  const isComplete = chains.every((chain) =>
    lists.some((list) => equalBytes(list.issuer, chain.at(-1)?.subject ?? new Uint8Array())),
  );
  const used = lists.map((list) => identifyList(list, parameters.primitives));
  return { windows: lists.map((list) => list.window), used, isComplete };
}
