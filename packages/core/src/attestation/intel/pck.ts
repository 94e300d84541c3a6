import { isZeroBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { expect, refuse } from '../refusal.ts';
import type { Certificate } from '../x509/certificate.ts';
import { DER_TAG, type DerValue, readDer, sequenceOf } from '../x509/der.ts';
import { oidText, smallInteger } from '../x509/der-values.ts';

const SGX_OID = '1.2.840.113741.1.13.1';
const SVN_COUNT = 16;

/** What the extension of a provisioning certificate says of its platform. */
export interface PlatformIdentity {
  /** Lower-case hex of 16 bytes, undefined where the vendor left it zero. */
  readonly ppid: string | undefined;
  /** 16 security versions of the processor's parts. */
  readonly cpuSvn: readonly number[];
  readonly pceSvn: number;
  /** Lower-case hex of 2 bytes. */
  readonly pceId: string;
  /** Lower-case hex of 6 bytes: family, model, stepping, platform, custom SKU. */
  readonly fmspc: string;
}

/** Members of a SEQUENCE OF { OID, value } by the part of the OID behind `prefix`. */
function readTable(value: DerValue, prefix: string): ReadonlyMap<string, DerValue> {
  const table = new Map<string, DerValue>();
  const rows = sequenceOf(value, 'SGX extension');
  while (!rows.isDone) {
    const row = sequenceOf(rows.take(DER_TAG.sequence), 'SGX extension');
    const oid = oidText(row.take(DER_TAG.oid), 'SGX extension');
    const member = row.any();
    row.end();
    expect(oid.startsWith(`${prefix}.`), 'malformed', `SGX extension: ${oid}`);
    const name = oid.slice(prefix.length + 1);
    expect(!table.has(name), 'malformed', `SGX extension: ${oid} occurs twice`);
    table.set(name, member);
  }
  return table;
}

function memberOf(table: ReadonlyMap<string, DerValue>, name: string): DerValue {
  return table.get(name) ?? refuse('malformed', `SGX extension: .${name} is missing`);
}

function octetsOf(table: ReadonlyMap<string, DerValue>, name: string, size: number): Uint8Array {
  const { tag, content } = memberOf(table, name);
  const isExpected = tag === DER_TAG.octetString && content.length === size;
  expect(isExpected, 'malformed', `SGX extension: .${name} is not ${size} octets`);
  return content;
}

function versionOf(table: ReadonlyMap<string, DerValue>, name: string, max: number): number {
  const version = smallInteger(memberOf(table, name), `SGX extension .${name}`);
  expect(version <= max, 'malformed', `SGX extension: .${name} above ${max}`);
  return version;
}

/** Reads Intel's extension of a PCK certificate. */
export function readPlatformIdentity(certificate: Certificate): PlatformIdentity {
  const extension = certificate.extensions.get(SGX_OID);
  if (extension === undefined) refuse('malformed', 'PCK certificate: no SGX extension');
  const table = readTable(readDer(extension.value), SGX_OID);
  const levels = readTable(memberOf(table, '2'), `${SGX_OID}.2`);
  const ppid = octetsOf(table, '1', 16);
  return {
    ppid: isZeroBytes(ppid) ? undefined : bytesToHex(ppid),
    cpuSvn: Array.from({ length: SVN_COUNT }, (_, i) => versionOf(levels, String(i + 1), 255)),
    pceSvn: versionOf(levels, '17', 65_535),
    pceId: bytesToHex(octetsOf(table, '3', 2)),
    fmspc: bytesToHex(octetsOf(table, '4', 6)),
  };
}
