import { base64ToBytes } from '../encoding/base64.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { expect, refuse } from '../refusal.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';
const WHITE_SPACE = /[ \t\r\n]+/g;

/** Whether `text` holds a PEM certificate at all. */
export const isPem = (text: string): boolean => text.includes(BEGIN);

/**
 * DER of every certificate in `text`, in order. Between them only white space is allowed (and one final NUL, which
 * quotes carry); other labels, headers and non-canonical base64 are `malformed`.
 */
export function pemToCertificates(text: string, name: string): readonly Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let rest = text.replace(/\0$/, '').trim();
  while (rest !== '') {
    expect(
      certificates.length < ATTESTATION_LIMITS.certificatesMax,
      'too_large',
      `${name}: too many certificates`,
    );
    const end = rest.indexOf(END);
    if (!rest.startsWith(BEGIN) || end < 0) refuse('malformed', `${name}: not PEM certificates`);
    const der = base64ToBytes(rest.slice(BEGIN.length, end).replace(WHITE_SPACE, ''));
    if (der === undefined || der.length === 0) refuse('malformed', `${name}: base64`);
    certificates.push(der);
    rest = rest.slice(end + END.length).trim();
  }
  expect(certificates.length > 0, 'malformed', `${name}: no certificate`);
  return certificates;
}
