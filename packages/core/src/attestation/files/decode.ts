import { hexToBytes, isHex } from '../../bytes/hex.ts';
import { bytesToUtf8 } from '../../bytes/utf8.ts';
import { base64ToBytes } from '../encoding/base64.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { expect } from '../refusal.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { DER_TAG, readDerAt } from '../x509/der.ts';
import { isPem, pemToCertificates } from '../x509/pem.ts';

const WHITE_SPACE = /[ \t\r\n]+/g;
const LAYERS_MAX = 3;

/** The text that a file is, or undefined where it holds anything but printable ASCII and white space. */
export function asAsciiText(bytes: Uint8Array): string | undefined {
  const isText = bytes.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13,
  );
  return isText && bytes.length > 0 ? bytesToUtf8(bytes)?.trim() : undefined;
}

/** The bytes that text writes in hex, base64 or base64url (padded or not), or undefined. Text that is hex is hex. */
export function textToBytes(text: string): Uint8Array | undefined {
  const digits = text.replace(WHITE_SPACE, '');
  if (isHex(digits)) return hexToBytes(digits);
  const plain = digits.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  const isPadded = digits.length % 4 === 0 && digits.length - plain.length <= 2;
  if (!isPadded && digits.length !== plain.length) return undefined;
  return base64ToBytes(plain.padEnd(Math.ceil(plain.length / 4) * 4, '='));
}

/** Text that was percent-encoded, as Intel's service writes chains into headers, is decoded; all other stays. */
export function decodePercent(text: string): string {
  if (!/^-----BEGIN(?:%20|\+)CERTIFICATE/i.test(text.trim())) return text;
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text;
  }
}

/** Binary out of binary, hex or base64, the last two also nested, as tools store them. */
export function decodeBinary(bytes: Uint8Array, name: string): Uint8Array {
  expect(bytes.length <= ATTESTATION_LIMITS.fileBytesMax, 'too_large', name);
  let decoded = bytes;
  for (let layer = 0; layer < LAYERS_MAX; layer++) {
    const text = asAsciiText(decoded);
    const inner = text === undefined ? undefined : textToBytes(text);
    if (inner === undefined || inner.length === 0) return decoded;
    decoded = inner;
  }
  return decoded;
}

/** DER values one behind the other. */
function splitDer(bytes: Uint8Array, name: string): readonly Uint8Array[] {
  const values: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    expect(values.length < ATTESTATION_LIMITS.certificatesMax, 'too_large', `${name}: too many certificates`);
    const { tag, encoded } = readDerAt(bytes, offset);
    expect(tag === DER_TAG.sequence, 'malformed', `${name}: not certificates`);
    values.push(encoded);
    offset += encoded.length;
  }
  return values;
}

/** The certificates of one file: PEM, DER (one or several behind each other), or either in hex or base64. */
export function decodeCertificates(bytes: Uint8Array, name: string): readonly Uint8Array[] {
  expect(bytes.length <= ATTESTATION_LIMITS.chainFileBytesMax, 'too_large', name);
  const ascii = asAsciiText(bytes);
  const text = ascii === undefined ? undefined : decodePercent(ascii);
  if (text !== undefined && isPem(text)) return pemToCertificates(text, name);
  const binary = decodeBinary(bytes, name);
  const inner = asAsciiText(binary);
  if (inner !== undefined && isPem(inner)) return pemToCertificates(inner, name);
  return splitDer(binary, name);
}

/**
 * The certificates in a file, each of which can be read as one.
 * @throws AttestationRefusal where there is none, or something else is among them.
 */
export function readCertificates(bytes: Uint8Array, name: string): readonly Uint8Array[] {
  const certificates = decodeCertificates(bytes, name);
  expect(certificates.length > 0, 'malformed', `${name}: no certificates`);
  for (const certificate of certificates) parseCertificate(certificate);
  return certificates;
}
