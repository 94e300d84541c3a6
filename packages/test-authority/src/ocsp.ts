import { concatBytes } from '@aivm/core/bytes';
import { sha384 } from '@noble/hashes/sha2.js';
import { DAY, makeCertificate, NOW, nameOf, type TestCertificate } from './certificates.ts';
import { bits, der, integer, octets, oid, sequence } from './der.ts';
import { ecKey, type TestEcKey } from './keys.ts';

const OID_BASIC = '1.3.6.1.5.5.7.48.1.1';
const OID_SHA384 = '2.16.840.1.101.3.4.2.2';
const OID_OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';

export interface StatusResponseOptions {
  /** The authority that issued the certificate; its name and key are what counts. */
  readonly issuer: Pick<TestCertificate, 'commonName' | 'key'>;
  /** Serial number of the certificate. */
  readonly serial: number;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly from?: number;
  readonly until?: number;
  /** Whether the issuer signs by itself, without a responder's certificate. */
  readonly isDirect?: boolean;
  /** Purpose in the responder's certificate; that of OCSP when left out. */
  readonly purpose?: string;
  /** Who issued the responder's certificate, in place of the issuer. */
  readonly responderIssuer?: TestCertificate;
  /** Key that signs, in place of the responder's. */
  readonly signingKey?: TestEcKey;
  /** Status of the whole response; 0 is success. */
  readonly code?: number;
}

const generalizedTime = (seconds: number): Uint8Array =>
  der(
    0x18,
    new TextEncoder().encode(`${new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+/g, '')}`),
  );

function statusOf(status: NonNullable<StatusResponseOptions['status']>, from: number): Uint8Array {
  if (status === 'revoked') return der(0xa1, generalizedTime(from));
  return der(status === 'good' ? 0x80 : 0x82, new Uint8Array());
}

/** A signed OCSP response about one certificate, as a responder of its issuer makes it. */
export function makeStatusResponse(options: StatusResponseOptions): Uint8Array {
  const { issuer, serial, status = 'good', from = NOW - 100, until = NOW + DAY, code = 0 } = options;
  if (!('point' in issuer.key)) throw new TypeError('issuer.key: expected a key on a curve');
  const { point } = issuer.key as TestEcKey;
  const id = sequence(
    sequence(oid(OID_SHA384)),
    octets(sha384(nameOf(issuer.commonName))),
    octets(sha384(point)),
    integer(serial),
  );
  const single = sequence(
    id,
    statusOf(status, from),
    generalizedTime(from),
    der(0xa0, generalizedTime(until)),
  );
  const key = ecKey('p384', `responder of ${issuer.commonName}`);
  const responder = makeCertificate({
    commonName: `Responder of ${issuer.commonName}`,
    key,
    issuer: options.responderIssuer ?? { ...issuer, der: new Uint8Array() },
    isCa: false,
    keyUsage: 0x80,
    extensions: [['2.5.29.37', sequence(oid(options.purpose ?? OID_OCSP_SIGNING)), true]],
  });
  const data = sequence(
    der(0xa2, octets(new Uint8Array(20).fill(4))),
    generalizedTime(from),
    sequence(single),
  );
  const signer = options.signingKey ?? (options.isDirect === true ? issuer.key : key);
  const certificates = options.isDirect === true ? new Uint8Array() : der(0xa0, sequence(responder.der));
  const basic = sequence(data, signer.algorithm, concatBytes(bits(signer.sign(data)), certificates));
  return sequence(der(0x0a, Uint8Array.of(code)), der(0xa0, sequence(oid(OID_BASIC), octets(basic))));
}
