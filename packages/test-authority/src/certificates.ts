import { bits, der, integer, octets, oid, sequence, TRUE, time, utf8 } from './der.ts';
import type { TestKey } from './keys.ts';

/** The time of all synthetic evidence: 2025-06-15T15:06:40Z. */
export const NOW = 1_750_000_000;
export const DAY = 86_400;

export type TestExtension = readonly [oid: string, value: Uint8Array, isCritical?: boolean];

export const nameOf = (commonName: string): Uint8Array =>
  sequence(der(0x31, sequence(oid('2.5.4.3'), utf8(commonName))));

/** A certificate with the key of its subject. */
export interface TestCertificate {
  readonly der: Uint8Array;
  readonly commonName: string;
  readonly key: TestKey;
}

export interface CertificateOptions {
  readonly commonName: string;
  readonly key: TestKey;
  /** Self-signed when absent. */
  readonly issuer?: TestCertificate | undefined;
  readonly isCa?: boolean;
  readonly pathLength?: number;
  /** First octet of the key usage; undefined leaves the extension out. */
  readonly keyUsage?: number | undefined;
  readonly serial?: number;
  readonly from?: number;
  readonly until?: number;
  readonly extensions?: readonly TestExtension[];
  readonly version?: number;
  /** What is written as algorithm, in place of the issuer's own. */
  readonly algorithm?: Uint8Array;
  readonly innerAlgorithm?: Uint8Array;
  /** Issuer name in place of the issuer's own. */
  readonly issuerName?: string;
  /** Applied to the signed part before it is signed. */
  readonly rewrite?: (body: Uint8Array) => Uint8Array;
}

const extension = ([id, value, isCritical = false]: TestExtension): Uint8Array =>
  sequence(oid(id), ...(isCritical ? [TRUE] : []), octets(value));

function standardExtensions({ isCa, pathLength, keyUsage }: CertificateOptions): readonly TestExtension[] {
  const limit = pathLength === undefined ? [] : [integer(pathLength)];
  return [
    ...(isCa === undefined
      ? []
      : [['2.5.29.19', sequence(...(isCa ? [TRUE, ...limit] : [])), true] as const]),
    ...(keyUsage === undefined ? [] : [['2.5.29.15', bits(Uint8Array.of(keyUsage)), true] as const]),
  ];
}

/** Makes and signs a certificate. */
export function makeCertificate(options: CertificateOptions): TestCertificate {
  const {
    commonName,
    key,
    issuer,
    serial = 7,
    version = 2,
    from = NOW - 365 * DAY,
    until = NOW + 365 * DAY,
  } = options;
  const signer = issuer?.key ?? key;
  const algorithm = options.algorithm ?? signer.algorithm;
  const body = sequence(
    der(0xa0, integer(version)),
    integer(serial),
    options.innerAlgorithm ?? algorithm,
    nameOf(options.issuerName ?? issuer?.commonName ?? commonName),
    sequence(time(from), time(until)),
    nameOf(commonName),
    key.spki,
    der(0xa3, sequence(...[...standardExtensions(options), ...(options.extensions ?? [])].map(extension))),
  );
  const signed = options.rewrite?.(body) ?? body;
  return { der: sequence(signed, algorithm, bits(signer.sign(signed))), commonName, key };
}

export interface ListOptions {
  readonly issuer: TestCertificate;
  readonly revoked?: readonly number[];
  readonly from?: number;
  readonly until?: number;
  readonly issuerName?: string;
  readonly extensions?: readonly TestExtension[];
  /** Key that signs, in place of the issuer's. */
  readonly key?: TestKey;
  readonly withoutNextUpdate?: boolean;
}

/** Makes and signs a revocation list. */
export function makeList(options: ListOptions): Uint8Array {
  const { issuer, revoked = [], from = NOW - DAY, until = NOW + 29 * DAY, key = issuer.key } = options;
  const entries = revoked.map((serial) => sequence(integer(serial), time(from)));
  const extensions = options.extensions ?? [['2.5.29.20', integer(1)]];
  const body = sequence(
    integer(1),
    key.algorithm,
    nameOf(options.issuerName ?? issuer.commonName),
    time(from),
    ...(options.withoutNextUpdate === true ? [] : [time(until)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    der(0xa0, sequence(...extensions.map(extension))),
  );
  return sequence(body, key.algorithm, bits(key.sign(body)));
}

/** PEM text of certificates. */
export const toPem = (certificates: readonly Uint8Array[]): string =>
  certificates
    .map((certificate) => {
      const lines =
        Buffer.from(certificate)
          .toString('base64')
          .match(/.{1,64}/g) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
