import { equalBytes } from '../../bytes/bytes.ts';
import type { TimeWindow } from '../encoding/time.ts';
import type { UsedList } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import type { Certificate } from './certificate.ts';
import { type CertificateChain, identifyAuthority } from './chain.ts';
import { assertMayList, isListSignedBy, isRevoked, parseRevocationList, type RevocationList } from './crl.ts';
import { assertStatusResponse, isStatusOf, parseStatusResponse } from './ocsp.ts';

/** A verified chain and the first of its certificates (0 is the leaf) for which its vendor answers. */
export interface RevocableChain {
  readonly chain: CertificateChain;
  readonly answeredFrom: number;
}

export interface CheckRevocationParameters {
  readonly chains: readonly RevocableChain[];
  /** DER lists, any order; each must be by an authority of one of the chains. */
  readonly lists: readonly Uint8Array[];
  /** DER OCSP responses, any order; each must be about a certificate of one of the chains. */
  readonly responses?: readonly Uint8Array[];
  readonly primitives: AttestationPrimitives;
  readonly isUsageWaived: boolean;
}

export interface RevocationCheck {
  /** The window of every list and response that was used. */
  readonly windows: readonly TimeWindow[];
  readonly used: readonly UsedList[];
  /** Whether a list or a response answers for every certificate for which a vendor does. */
  readonly isComplete: boolean;
}

/** A certificate of a chain and the authority above it. */
interface Link {
  readonly certificate: Certificate;
  /** Place in its chain; 0 is the leaf. */
  readonly at: number;
  readonly mustBeAnswered: boolean;
  readonly issuer: Certificate;
  readonly issuerId: string;
}

const linksOf = (
  { chain, answeredFrom }: RevocableChain,
  primitives: AttestationPrimitives,
): readonly Link[] =>
  chain.slice(0, -1).map((certificate, at) => {
    const issuer = chain[at + 1] ?? certificate;
    const issuerId = identifyAuthority(issuer, primitives);
    return { certificate, at, mustBeAnswered: at >= answeredFrom, issuer, issuerId };
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

/** Holds the certificates against one response. @returns those that it answers for, and when it counts */
function applyResponse(
  encoded: Uint8Array,
  links: readonly Link[],
  primitives: AttestationPrimitives,
): { readonly answered: readonly Link[]; readonly window: TimeWindow } {
  const response = parseStatusResponse(encoded);
  const answered = links.filter((link) => isStatusOf(response, link, primitives));
  const [first] = answered;
  if (first === undefined) refuse('collateral_mismatch', 'an OCSP response is about another certificate');
  const window = assertStatusResponse(response, first.issuer, primitives);
  expect(response.status !== 'revoked', 'revoked', `certificate ${first.at}`);
  expect(
    response.status === 'good',
    'collateral_mismatch',
    `certificate ${first.at} is unknown to its issuer`,
  );
  return { answered, window };
}

/**
 * Checks chains against the lists of their authorities and the answers of their responders, each of which must be signed
 * by the one that it names: one verification a list, two a response, however many chains they are for. Of authorities
 * with one name and several keys, the one counts whose key signed.
 */
export function checkRevocation(parameters: CheckRevocationParameters): RevocationCheck {
  const { chains, primitives, responses = [] } = parameters;
  const { crlsMax, responsesMax } = ATTESTATION_LIMITS;
  expect(parameters.lists.length <= crlsMax, 'too_large', 'revocation lists');
  expect(responses.length <= responsesMax, 'too_large', 'OCSP responses');
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
  const answers = responses.map((response) => applyResponse(response, links, primitives));
  for (const link of answers.flatMap((answer) => answer.answered)) answered.add(link);
  const isComplete = links.every((link) => !link.mustBeAnswered || answered.has(link));
  return { windows: [...lists, ...answers].map(({ window }) => window), used, isComplete };
}
