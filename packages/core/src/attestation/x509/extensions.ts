import { refuse } from '../refusal.ts';
import { DER_TAG, type DerValue, readDer, sequenceOf } from './der.ts';
import { booleanOf, namedBits, oidText, smallInteger } from './der-values.ts';

/** One extension; its value is the content of the OCTET STRING around it. */
export interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** Extensions by dotted OID. */
export type Extensions = ReadonlyMap<string, Extension>;

export const EXTENSION_OID = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  issuingDistributionPoint: '2.5.29.28',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Bits of the first key usage octet, most significant first (RFC 5280, 4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0x80, certificateSign: 0x04, crlSign: 0x02 } as const;

const EXTENSIONS_MAX = 32;

/** Reads a SEQUENCE of extensions; the same OID twice, or a critical one outside `understood`, is refused. */
export function readExtensions(value: DerValue, understood: readonly string[], name: string): Extensions {
  const list = sequenceOf(value, name);
  const extensions = new Map<string, Extension>();
  while (!list.isDone) {
    const members = sequenceOf(list.take(DER_TAG.sequence), name);
    const oid = oidText(members.take(DER_TAG.oid), name);
    const flag = members.optional(DER_TAG.boolean);
    const isCritical = flag !== undefined && booleanOf(flag, name);
    if (flag !== undefined && !isCritical) refuse('malformed', `${name}: a default is written out`);
    const content = members.take(DER_TAG.octetString).content;
    members.end();
    if (extensions.has(oid)) refuse('malformed', `${name}: ${oid} occurs twice`);
    if (isCritical && !understood.includes(oid)) refuse('unsupported', `${name}: critical extension ${oid}`);
    if (extensions.size >= EXTENSIONS_MAX) refuse('too_large', `${name}: too many extensions`);
    extensions.set(oid, { isCritical, value: content });
  }
  return extensions;
}

/** Whether the subject may issue certificates, and how many intermediates may follow. */
export interface BasicConstraints {
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
}

export function readBasicConstraints(extensions: Extensions): BasicConstraints {
  const extension = extensions.get(EXTENSION_OID.basicConstraints);
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const members = sequenceOf(readDer(extension.value), 'basic constraints');
  const flag = members.optional(DER_TAG.boolean);
  const isCa = flag !== undefined && booleanOf(flag, 'basic constraints');
  if (flag !== undefined && !isCa) refuse('malformed', 'basic constraints: a default is written out');
  const limit = members.optional(DER_TAG.integer);
  members.end();
  if (limit !== undefined && !isCa) refuse('malformed', 'basic constraints: path length without CA');
  return { isCa, pathLength: limit === undefined ? undefined : smallInteger(limit, 'path length') };
}

/** First octet of the key usage, or undefined where the extension is absent (then any use is allowed). */
export function readKeyUsage(extensions: Extensions): number | undefined {
  const extension = extensions.get(EXTENSION_OID.keyUsage);
  return extension === undefined ? undefined : namedBits(readDer(extension.value), 'key usage');
}
