import { equalBytes } from '../../bytes/bytes.ts';
import type { TimeWindow } from '../encoding/time.ts';
import type { UsedList } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import type { Certificate } from './certificate.ts';
import { type CertificateChain, identifyAuthority } from './chain.ts';
import { assertMayList, isListSignedBy, isRevoked, parseRevocationList, type RevocationList } from './crl.ts';

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

/** A certificate of a chain and the authority above it. */
interface Link {
  readonly certificate: Certificate;
  /** Place in its chain; 0 is the leaf. */
  readonly at: number;
  readonly isBelowRoot: boolean;
  readonly issuer: Certificate;
  readonly issuerId: string;
}

const linksOf = (chain: CertificateChain, primitives: AttestationPrimitives): readonly Link[] =>
  chain.slice(0, -1).map((certificate, at) => {
    const issuer = chain[at + 1] ?? certificate;
    const issuerId = identifyAuthority(issuer, primitives);
    return { certificate, at, isBelowRoot: at === chain.length - 2, issuer, issuerId };
  });

/** The authority that signed a list: of several with its name, the one with the right key. */
function issuerOf(
  list: RevocationList,
  links: readonly Link[],
  { primitives, isUsageWaived }: CheckRevocationParameters,
): Certificate {
  const named = links.filter(({ issuer }) => equalBytes(issuer.subject, list.issuer));
  const issuers = [...new Map(named.map(({ issuerId, issuer }) => [issuerId, issuer])).values()];
  expect(issuers.length > 0, 'collateral_mismatch', 'a revocation list is of another authority');
  const issuer = issuers.find((one) => isListSignedBy(list, one, primitives));
  if (issuer === undefined) refuse('signature', 'revocation list signature');
  assertMayList(issuer, isUsageWaived);
  return issuer;
}

/**
 * Checks chains against the lists of their authorities, each of which must be signed by the one that it names: one
 * verification a list, however many chains it is for. Of authorities with one name and several keys, the one counts
 * whose key signed.
 */
export function checkRevocation(parameters: CheckRevocationParameters): RevocationCheck {
  const { chains, primitives } = parameters;
  expect(parameters.lists.length <= ATTESTATION_LIMITS.crlsMax, 'too_large', 'revocation lists');
  const lists = parameters.lists.map(parseRevocationList);
  const links = chains.flatMap((chain) => linksOf(chain, primitives));
  const answered = new Set<Link>();
  const used: UsedList[] = [];
  for (const list of lists) {
    const issuer = issuerOf(list, links, parameters);
    const issuerId = identifyAuthority(issuer, primitives);
    for (const link of links.filter((one) => one.issuerId === issuerId)) {
      expect(!isRevoked(list, link.certificate), 'revoked', `certificate ${link.at}`);
      answered.add(link);
    }
    used.push({ issuer: issuerId, thisUpdate: list.window.from });
  }
  const isComplete = links.every((link) => !link.isBelowRoot || answered.has(link));
  return { windows: lists.map((list) => list.window), used, isComplete };
}
