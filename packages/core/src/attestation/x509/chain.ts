import { concatBytes, equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { intersectWindows, type TimeWindow } from '../encoding/time.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import { verifySigned } from './algorithms.ts';
import { allowsUsage, type Certificate, parseCertificate } from './certificate.ts';
import { KEY_USAGE } from './extensions.ts';

/** Certificates leaf first, each issued by the next; the last is the root. */
export type CertificateChain = readonly [Certificate, ...Certificate[]];

/** Reads 1…8 DER certificates, leaf first. */
export function parseChain(encoded: readonly Uint8Array[]): CertificateChain {
  expect(encoded.length <= ATTESTATION_LIMITS.certificatesMax, 'too_large', 'certificate chain');
  const [leaf, ...issuers] = encoded.map(parseCertificate);
  if (leaf === undefined) refuse('malformed', 'certificate chain: empty');
  return [leaf, ...issuers];
}

/**
 * An authority as its lists are kept: SHA-256 (lower-case hex) of its encoded name and key. The name alone would let the
 * lists of an old and a new key take each other's place.
 */
export const identifyAuthority = (
  { subject, publicKeyInfo }: Certificate,
  primitives: AttestationPrimitives,
): string => bytesToHex(primitives.sha256(concatBytes(subject, publicKeyInfo)));

/** The authorities of chains, each once, named as {@link identifyAuthority} does. */
export function authoritiesOf(
  chains: readonly (readonly Certificate[])[],
  primitives: AttestationPrimitives,
): readonly string[] {
  const authorities = chains.flatMap((chain) => chain.slice(1));
  return [...new Set(authorities.map((authority) => identifyAuthority(authority, primitives)))];
}

/** The root at the end of a chain. */
export const rootOf = (chain: CertificateChain): Certificate => chain.at(-1) ?? chain[0];

const mayIssue = (issuer: Certificate, subject: Certificate): boolean =>
  equalBytes(subject.issuer, issuer.subject) &&
  issuer.basicConstraints.isCa &&
  allowsUsage(issuer, KEY_USAGE.certificateSign);

function isSignedBy(subject: Certificate, issuer: Certificate, primitives: AttestationPrimitives): boolean {
  const { algorithm, signature, signedBytes: message } = subject;
  return verifySigned({ key: issuer.publicKey, algorithm, message, signature, primitives });
}

export interface VerifyChainParameters {
  readonly chain: CertificateChain;
  readonly primitives: AttestationPrimitives;
  /** Whether the policy names this certificate as a root. */
  isRoot(certificate: Certificate): boolean;
  /** Whether `isRoot` compared the whole certificate; then its signature of itself adds nothing and is not checked. */
  readonly isWholeRootPinned: boolean;
  /** What a refusal calls the chain. */
  readonly name: string;
  /** Whether the first certificate is an authority, whose own statements are to be believed; else it must not be. */
  readonly isOfAuthority?: boolean;
}

/**
 * Refuses (`chain`) unless each certificate is issued by the next, the last one by itself, the last one is a root
 * of the policy, the leaf issues nothing (or is an authority, where one is asked for), no certificate occurs twice and
 * path lengths hold. Answers the seconds in which all of them are valid; comparing with the time is the caller's, after
 * every signature was checked.
 */
export function verifyChain(parameters: VerifyChainParameters): TimeWindow {
  const { chain, primitives, isRoot, isWholeRootPinned, name, isOfAuthority = false } = parameters;
  expect(isOfAuthority || chain.length >= 2, 'chain', `${name}: no issuer`);
  expect(isRoot(rootOf(chain)), 'chain', `${name}: the root is not one that the policy names`);
  const isLeaf = chain[0].basicConstraints.isCa === isOfAuthority;
  expect(isLeaf, 'chain', `${name}: the leaf is ${isOfAuthority ? 'no' : 'an'} authority`);
  const issuersBelow = isOfAuthority ? 0 : 1;
  // From the root down: what a stranger put below a genuine root costs one verification, however long it is.
  for (const [i, certificate] of [...chain.entries()].reverse()) {
    const issuer = chain[i + 1] ?? certificate;
    const isFirst = chain.findIndex((other) => equalBytes(other.encoded, certificate.encoded)) === i;
    expect(isFirst, 'chain', `${name}: certificate ${i} occurs twice`);
    const isSigned =
      (isWholeRootPinned && issuer === certificate) || isSignedBy(certificate, issuer, primitives);
    const isIssued = mayIssue(issuer, certificate) && isSigned;
    expect(isIssued, 'chain', `${name}: certificate ${i} is not issued by the next`);
    const { pathLength } = certificate.basicConstraints;
    expect(
      pathLength === undefined || i - issuersBelow <= pathLength,
      'chain',
      `${name}: path length of certificate ${i}`,
    );
  }
  return intersectWindows(chain.map((certificate) => certificate.window));
}
