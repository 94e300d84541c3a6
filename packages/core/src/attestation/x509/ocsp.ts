import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { intersectWindows, type TimeWindow } from '../encoding/time.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm, verifySigned } from './algorithms.ts';
import { allowsUsage, type Certificate, parseResponderCertificate } from './certificate.ts';
import { DER_TAG, type DerValue, readDer, sequenceOf } from './der.ts';
import { integerOctets, oidText, timeOf, wholeBitString } from './der-values.ts';
import { EXTENSION_OID, KEY_USAGE, readExtensions } from './extensions.ts';

/** What a responder says of one certificate (RFC 6960), read but not yet believed. */
export interface StatusResponse {
  readonly hash: 'sha256' | 'sha384';
  /** Hashes of the issuer's encoded name and of its key. */
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content octets of the serial number, hex. */
  readonly serial: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly window: TimeWindow;
  /** The certificate of a delegated responder; undefined where the issuer answers itself. */
  readonly responder: Certificate | undefined;
  readonly signedBytes: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

const OID_BASIC = '1.3.6.1.5.5.7.48.1.1';
const OID_OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const HASH_BY_OID: Readonly<Record<string, StatusResponse['hash']>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
};
const TAG_ENUMERATED = 0x0a;
const TAG = { zero: 0xa0, one: 0xa1, two: 0xa2 } as const;
// [0], [1] and [2], the second constructed.
const STATUS_BY_TAG: Readonly<Record<number, StatusResponse['status']>> = {
  128: 'good',
  161: 'revoked',
  130: 'unknown',
};

type Single = Pick<
  StatusResponse,
  'hash' | 'issuerNameHash' | 'issuerKeyHash' | 'serial' | 'status' | 'window'
>;

/** SingleResponse: certificate id, status, this update, next update (which must be there). */
function readSingle(value: DerValue): Single {
  const members = sequenceOf(value, 'certificate status');
  const id = sequenceOf(members.take(DER_TAG.sequence), 'certificate id');
  const algorithm = sequenceOf(id.take(DER_TAG.sequence), 'hash of the certificate id');
  const oid = oidText(algorithm.take(DER_TAG.oid), 'hash of the certificate id');
  const hash = HASH_BY_OID[oid] ?? refuse('unsupported', `OCSP: hash ${oid}`);
  const issuerNameHash = id.take(DER_TAG.octetString).content;
  const issuerKeyHash = id.take(DER_TAG.octetString).content;
  const serial = bytesToHex(integerOctets(id.take(DER_TAG.integer), 'serial number'));
  id.end();
  const { tag } = members.any();
  const status = STATUS_BY_TAG[tag] ?? refuse('malformed', `OCSP: status of tag ${tag}`);
  const from = timeOf(members.take(DER_TAG.generalizedTime), 'this update');
  const next = members.optional(TAG.zero);
  if (next === undefined) refuse('malformed', 'OCSP: no next update');
  const until = timeOf(readDer(next.content), 'next update');
  const extensions = members.optional(TAG.one);
  if (extensions !== undefined) readExtensions(readDer(extensions.content), [], 'OCSP extensions');
  members.end();
  return { hash, issuerNameHash, issuerKeyHash, serial, status, window: { from, until } };
}

/** ResponseData with exactly one answer: the default version, responder, time, answers. */
function readData(value: DerValue): Single {
  const members = sequenceOf(value, 'OCSP response data');
  const responder = members.any();
  const isResponder = responder.tag === TAG.one || responder.tag === TAG.two;
  expect(isResponder, 'malformed', 'OCSP: responder id');
  timeOf(members.take(DER_TAG.generalizedTime), 'produced at');
  const answers = sequenceOf(members.take(DER_TAG.sequence), 'OCSP answers');
  const single = readSingle(answers.take(DER_TAG.sequence));
  answers.end();
  const extensions = members.optional(TAG.one);
  if (extensions !== undefined) readExtensions(readDer(extensions.content), [], 'OCSP extensions');
  members.end();
  return single;
}

function readResponder(certificates: DerValue | undefined): Certificate | undefined {
  if (certificates === undefined) return undefined;
  const list = sequenceOf(readDer(certificates.content), 'OCSP certificates');
  const certificate = parseResponderCertificate(list.take(DER_TAG.sequence).encoded);
  list.end();
  return certificate;
}

/** Reads a DER response strictly: successful, basic, about one certificate, with at most one certificate inside. */
export function parseStatusResponse(encoded: Uint8Array): StatusResponse {
  expect(encoded.length <= ATTESTATION_LIMITS.responseBytesMax, 'too_large', 'OCSP response');
  const outer = sequenceOf(readDer(encoded), 'OCSP response');
  const { content: code } = outer.take(TAG_ENUMERATED);
  expect(code.length === 1, 'malformed', 'OCSP: response status');
  expect(code[0] === 0, 'collateral_missing', `the responder answers with status ${code[0]}`);
  const wrapped = sequenceOf(readDer(outer.take(TAG.zero).content), 'OCSP response bytes');
  outer.end();
  const type = oidText(wrapped.take(DER_TAG.oid), 'OCSP response type');
  expect(type === OID_BASIC, 'unsupported', `OCSP: response type ${type}`);
  const basic = sequenceOf(readDer(wrapped.take(DER_TAG.octetString).content), 'basic OCSP response');
  wrapped.end();
  const data = basic.take(DER_TAG.sequence);
  const algorithm = readSignatureAlgorithm(basic.take(DER_TAG.sequence));
  const signature = wholeBitString(basic.take(DER_TAG.bitString), 'OCSP signature');
  const responder = readResponder(basic.optional(TAG.zero));
  basic.end();
  return { ...readData(data), responder, signedBytes: data.encoded, algorithm, signature };
}

/** Whether the response is about `certificate`, which `issuer` issued. */
export function isStatusOf(
  response: StatusResponse,
  { certificate, issuer }: { readonly certificate: Certificate; readonly issuer: Certificate },
  primitives: AttestationPrimitives,
): boolean {
  if (bytesToHex(certificate.serial) !== response.serial || issuer.publicKey.type !== 'ec') return false;
  const hash = primitives[response.hash];
  return (
    equalBytes(hash(issuer.subject), response.issuerNameHash) &&
    equalBytes(hash(issuer.publicKey.point), response.issuerKeyHash)
  );
}

/** Whether a certificate may sign responses: issued for this by the very authority whose certificates it answers for. */
function mayRespond(responder: Certificate, issuer: Certificate, primitives: AttestationPrimitives): boolean {
  const usage = responder.extensions.get(EXTENSION_OID.extendedKeyUsage);
  if (usage === undefined || responder.basicConstraints.isCa) return false;
  const purposes = sequenceOf(readDer(usage.value), 'extended key usage');
  let isMeant = false;
  while (!purposes.isDone) {
    const purpose = oidText(purposes.take(DER_TAG.oid), 'extended key usage');
    isMeant ||= purpose === OID_OCSP_SIGNING;
  }
  const { algorithm, signature, signedBytes: message } = responder;
  return (
    isMeant &&
    allowsUsage(responder, KEY_USAGE.digitalSignature) &&
    equalBytes(responder.issuer, issuer.subject) &&
    verifySigned({ key: issuer.publicKey, algorithm, message, signature, primitives })
  );
}

/**
 * Refuses (`chain`, `signature`) unless the issuer, or a responder that it named, signed the response. At most two
 * verifications. @returns when it counts, which is the caller's to compare with the time
 */
export function assertStatusResponse(
  response: StatusResponse,
  issuer: Certificate,
  primitives: AttestationPrimitives,
): TimeWindow {
  const { responder, algorithm, signature, signedBytes: message, window } = response;
  const isNamed = responder === undefined || mayRespond(responder, issuer, primitives);
  expect(isNamed, 'chain', 'OCSP: not a responder of the issuer');
  const { publicKey: key } = responder ?? issuer;
  const holds = verifySigned({ key, algorithm, message, signature, primitives });
  expect(holds, 'signature', 'OCSP response signature');
  return responder === undefined ? window : intersectWindows([window, responder.window]);
}
