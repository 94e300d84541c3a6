import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import type { TimeWindow } from '../encoding/time.ts';
import type { UsedList } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm, verifySigned } from './algorithms.ts';
import { allowsUsage, type Certificate } from './certificate.ts';
import { identifyAuthority } from './chain.ts';
import { DER_TAG, type DerValue, readDer, sequenceOf } from './der.ts';
import { integerOctets, smallInteger, timeOf, wholeBitString } from './der-values.ts';
import { KEY_USAGE, readExtensions } from './extensions.ts';

/** A certificate revocation list (v2), read but not yet believed. */
export interface RevocationList {
  readonly signedBytes: Uint8Array;
  readonly issuer: Uint8Array;
  readonly window: TimeWindow;
  /** Serial numbers in hex (content octets). */
  readonly revoked: ReadonlySet<string>;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

const VERSION_2 = 1;
const TAG_EXTENSIONS = 0xa0;

function readRevoked(value: DerValue | undefined): ReadonlySet<string> {
  const revoked = new Set<string>();
  if (value === undefined) return revoked;
  const entries = sequenceOf(value, 'revoked certificates');
  while (!entries.isDone) {
    const entry = sequenceOf(entries.take(DER_TAG.sequence), 'revoked certificate');
    revoked.add(bytesToHex(integerOctets(entry.take(DER_TAG.integer), 'revoked serial')));
    timeOf(entry.any(), 'revocation date');
    const extensions = entry.optional(DER_TAG.sequence);
    if (extensions !== undefined) readExtensions(extensions, [], 'entry extensions');
    entry.end();
  }
  return revoked;
}

/**
 * Reads a DER list strictly. It must name its next update, and no critical extension is understood: an indirect,
 * partitioned or delta list would answer another question than the one asked here.
 */
export function parseRevocationList(encoded: Uint8Array): RevocationList {
  if (encoded.length > ATTESTATION_LIMITS.crlBytesMax) refuse('too_large', 'revocation list');
  const outer = sequenceOf(readDer(encoded), 'revocation list');
  const signed = outer.take(DER_TAG.sequence);
  const outerAlgorithm = outer.take(DER_TAG.sequence);
  const signature = wholeBitString(outer.take(DER_TAG.bitString), 'revocation list signature');
  outer.end();

  const members = sequenceOf(signed, 'revocation list body');
  if (smallInteger(members.take(DER_TAG.integer), 'list version') !== VERSION_2)
    refuse('unsupported', 'list version');
  const innerAlgorithm = members.take(DER_TAG.sequence);
  if (!equalBytes(innerAlgorithm.encoded, outerAlgorithm.encoded))
    refuse('malformed', 'list: two algorithms');
  const issuer = members.take(DER_TAG.sequence).encoded;
  const from = timeOf(members.any(), 'this update');
  const until = timeOf(members.any(), 'next update');
  const revoked = readRevoked(members.optional(DER_TAG.sequence));
  const extensions = members.optional(TAG_EXTENSIONS);
  if (extensions !== undefined) readExtensions(readDer(extensions.content), [], 'list extensions');
  members.end();
  const algorithm = readSignatureAlgorithm(outerAlgorithm);
  return { signedBytes: signed.encoded, issuer, window: { from, until }, revoked, algorithm, signature };
}

export interface VerifyRevocationListParameters {
  readonly list: RevocationList;
  readonly issuer: Certificate;
  readonly primitives: AttestationPrimitives;
  /** AMD's authorities sign their lists although their key usage does not say so. */
  readonly isUsageWaived?: boolean;
}

/** Whether `issuer`'s key signed the list. */
export function isListSignedBy(
  { algorithm, signature, signedBytes: message }: RevocationList,
  issuer: Certificate,
  primitives: AttestationPrimitives,
): boolean {
  return verifySigned({ key: issuer.publicKey, algorithm, message, signature, primitives });
}

/** Refuses (`chain`) an issuer whose certificate does not let it sign lists. */
export const assertMayList = (issuer: Certificate, isUsageWaived: boolean): void =>
  expect(isUsageWaived || allowsUsage(issuer, KEY_USAGE.crlSign), 'chain', 'issuer may not sign lists');

/** Refuses the list unless `issuer` signed it. Its window is the caller's to check. */
export function assertRevocationList(parameters: VerifyRevocationListParameters): void {
  const { list, issuer, primitives, isUsageWaived = false } = parameters;
  expect(equalBytes(list.issuer, issuer.subject), 'collateral_mismatch', 'revocation list of another issuer');
  assertMayList(issuer, isUsageWaived);
  expect(isListSignedBy(list, issuer, primitives), 'signature', 'revocation list signature');
}

/** Which list of `issuer` was used, for comparison with newer ones. */
export const identifyList = (
  list: RevocationList,
  issuer: Certificate,
  primitives: AttestationPrimitives,
): UsedList => ({ issuer: identifyAuthority(issuer, primitives), thisUpdate: list.window.from });

/** Whether `list` revokes `certificate`, which its issuer must have issued. */
export const isRevoked = (list: RevocationList, certificate: Certificate): boolean =>
  list.revoked.has(bytesToHex(certificate.serial));
