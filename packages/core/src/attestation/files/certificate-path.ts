import { equalBytes } from '../../bytes/bytes.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';

interface Parsed {
  readonly der: Uint8Array;
  readonly certificate: Certificate;
}

/** From the certificate that is looked for up to one that names itself or whose issuer is missing. Checks no signature. */
function climb(
  certificates: readonly Uint8Array[],
  isFirst: (certificate: Certificate) => boolean,
): readonly Uint8Array[] {
  const all = certificates.map((der): Parsed => ({ der, certificate: parseCertificate(der) }));
  const path: Parsed[] = [];
  let next = all.find(({ certificate }) => isFirst(certificate));
  while (next !== undefined && !path.includes(next)) {
    path.push(next);
    const { issuer } = next.certificate;
    next = all.find(({ certificate }) => equalBytes(certificate.subject, issuer));
  }
  return path.map(({ der }) => der);
}

/** The certificate of this name and everybody above it; none where it is missing. */
export const pathFromName = (name: Uint8Array, certificates: readonly Uint8Array[]): readonly Uint8Array[] =>
  climb(certificates, ({ subject }) => equalBytes(subject, name));

/**
 * The first certificate and everybody above it, of certificates that may be of several vendors: what goes with a
 * report. Sorts by names and checks nothing.
 * @param certificates DER, the leaf first
 * @throws AttestationRefusal where one is no certificate.
 * @example pathFromFirst([leaf, otherRoot, authority, root]) // [leaf, authority, root]
 */
export const pathFromFirst = (certificates: readonly Uint8Array[]): readonly Uint8Array[] =>
  climb(certificates, () => true);
