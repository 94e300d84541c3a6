import { equalBytes } from '../../bytes/bytes.ts';
import type { TimeWindow } from '../encoding/time.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { refuse } from '../refusal.ts';
import {
  type PublicKey,
  readPublicKey,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './algorithms.ts';
import { DER_TAG, type DerCursor, readDer, sequenceOf } from './der.ts';
import { integerOctets, smallInteger, timeOf, wholeBitString } from './der-values.ts';
import {
  type BasicConstraints,
  EXTENSION_OID,
  type Extensions,
  readBasicConstraints,
  readExtensions,
  readKeyUsage,
} from './extensions.ts';

/** An X.509 v3 certificate, read but not yet believed. Names are compared as raw bytes. */
export interface Certificate {
  readonly encoded: Uint8Array;
  /** The bytes that are signed. */
  readonly signedBytes: Uint8Array;
  /** Content octets of the serial number. */
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly window: TimeWindow;
  readonly publicKey: PublicKey;
  /** Encoded SubjectPublicKeyInfo: what key pins hash. */
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: Extensions;
  readonly basicConstraints: BasicConstraints;
  /** First octet of the key usage, undefined where the certificate does not restrict it. */
  readonly keyUsage: number | undefined;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

const VERSION_3 = 2;
const SERIAL_BYTES_MAX = 21;
const TAG_VERSION = 0xa0;
const TAG_EXTENSIONS = 0xa3;

// Both say what the chain check enforces; any other critical extension would be ignored, so it is refused.
const UNDERSTOOD = [EXTENSION_OID.basicConstraints, EXTENSION_OID.keyUsage];

function readSerial(members: DerCursor): Uint8Array {
  const serial = integerOctets(members.take(DER_TAG.integer), 'serial number');
  if (serial.length > SERIAL_BYTES_MAX) refuse('malformed', 'serial number: longer than 20 octets');
  return serial;
}

function readWindow(members: DerCursor): TimeWindow {
  const times = sequenceOf(members.take(DER_TAG.sequence), 'validity');
  const from = timeOf(times.any(), 'not before');
  const until = timeOf(times.any(), 'not after');
  times.end();
  return { from, until };
}

function readCertificate(encoded: Uint8Array, understood: readonly string[]): Certificate {
  if (encoded.length > ATTESTATION_LIMITS.certificateBytesMax) refuse('too_large', 'certificate');
  const outer = sequenceOf(readDer(encoded), 'certificate');
  const signed = outer.take(DER_TAG.sequence);
  const outerAlgorithm = outer.take(DER_TAG.sequence);
  const signature = wholeBitString(outer.take(DER_TAG.bitString), 'certificate signature');
  outer.end();

  const members = sequenceOf(signed, 'certificate body');
  const version = members.take(TAG_VERSION);
  if (smallInteger(readDer(version.content), 'version') !== VERSION_3)
    refuse('unsupported', 'certificate version');
  const serial = readSerial(members);
  const innerAlgorithm = members.take(DER_TAG.sequence);
  if (!equalBytes(innerAlgorithm.encoded, outerAlgorithm.encoded))
    refuse('malformed', 'certificate: two algorithms');
  const issuer = members.take(DER_TAG.sequence).encoded;
  const window = readWindow(members);
  const subject = members.take(DER_TAG.sequence).encoded;
  const publicKeyInfo = members.take(DER_TAG.sequence);
  const extensions = readExtensions(readDer(members.take(TAG_EXTENSIONS).content), understood, 'extensions');
  members.end();
  return {
    encoded,
    signedBytes: signed.encoded,
    serial,
    issuer,
    subject,
    window,
    publicKey: readPublicKey(publicKeyInfo),
    publicKeyInfo: publicKeyInfo.encoded,
    extensions,
    basicConstraints: readBasicConstraints(extensions),
    keyUsage: readKeyUsage(extensions),
    algorithm: readSignatureAlgorithm(outerAlgorithm),
    signature,
  };
}

/** Reads a DER certificate strictly: one SEQUENCE, version 3, no unique identifiers, both algorithm fields equal. */
export const parseCertificate = (encoded: Uint8Array): Certificate => readCertificate(encoded, UNDERSTOOD);

/** The same for the certificate of an OCSP responder, whose purpose the caller checks. */
export const parseResponderCertificate = (encoded: Uint8Array): Certificate =>
  readCertificate(encoded, [...UNDERSTOOD, EXTENSION_OID.extendedKeyUsage]);

/** Whether the certificate's key may be used as `usage` (a bit of KEY_USAGE). */
export const allowsUsage = (certificate: Certificate, usage: number): boolean =>
  certificate.keyUsage === undefined || (certificate.keyUsage & usage) !== 0;
