import { expect, refuse } from '../refusal.ts';
import type { Certificate } from '../x509/certificate.ts';
import { DER_TAG, type DerValue, readDer, sequenceOf } from '../x509/der.ts';
import { oidText, stringText } from '../x509/der-values.ts';
import { EXTENSION_OID } from '../x509/extensions.ts';

const SPDM_DEVICE_NAME = '1.3.6.1.4.1.412.274.1';
const COMPOSITE_DEVICE_ID = '2.23.133.5.4.1';
const TCB_INFO = '2.23.133.5.4.1.1';
const SHA384 = '2.16.840.1.101.3.4.2.2';
const TAG_OTHER_NAME = 0xa0;
const TAG_OTHER_VALUE = 0xa0;
const TAG_FWIDS = 0xa6;
const FWID_BYTES = 48;

/** What a GPU's own certificate says of it. */
export interface GpuIdentity {
  /** Such as "GH100". */
  readonly chip: string;
  /** Such as "NVIDIA:GH100:48B02D92494BADF4". */
  readonly name: string;
  /** Digest of the firmware that holds the key, undefined where the certificate has none. */
  readonly fwid: Uint8Array | undefined;
}

function deviceName(certificate: Certificate): string {
  const extension = certificate.extensions.get(EXTENSION_OID.subjectAltName);
  if (extension === undefined) refuse('malformed', 'GPU certificate: no device name');
  const names = sequenceOf(readDer(extension.value), 'device name');
  const other = names.take(TAG_OTHER_NAME);
  names.end();
  // [0] IMPLICIT SEQUENCE { OID, [0] EXPLICIT UTF8String }: the members are the content of the outer tag itself.
  const members = sequenceOf({ ...other, tag: DER_TAG.sequence }, 'device name');
  expect(
    oidText(members.take(DER_TAG.oid), 'device name') === SPDM_DEVICE_NAME,
    'malformed',
    'device name: kind',
  );
  const value = members.take(TAG_OTHER_VALUE);
  members.end();
  return stringText(readDer(value.content), DER_TAG.utf8String, 'device name');
}

/** FWID ::= SEQUENCE { hash algorithm, digest } under SHA-384. */
function readFwid(value: DerValue): Uint8Array {
  const members = sequenceOf(value, 'FWID');
  const hash = oidText(members.take(DER_TAG.oid), 'FWID');
  const digest = members.take(DER_TAG.octetString).content;
  members.end();
  expect(hash === SHA384 && digest.length === FWID_BYTES, 'unsupported', 'FWID: hash');
  return digest;
}

/** Hopper: SEQUENCE { version, key of the device, FWID }. */
function readCompositeFwid(extension: Uint8Array): Uint8Array {
  const members = sequenceOf(readDer(extension), 'device identity');
  members.take(DER_TAG.integer);
  members.take(DER_TAG.sequence);
  const fwid = members.take(DER_TAG.sequence);
  members.end();
  return readFwid(fwid);
}

/** Blackwell: a TCB info whose member [6] lists FWIDs; the first is that of the firmware with the key. */
function readTcbInfoFwid(extension: Uint8Array): Uint8Array {
  const members = sequenceOf(readDer(extension), 'TCB info');
  while (!members.isDone) {
    const member = members.any();
    if (member.tag !== TAG_FWIDS) continue;
    return readFwid(sequenceOf({ ...member, tag: DER_TAG.sequence }, 'FWIDs').any());
  }
  return refuse('malformed', 'TCB info: no FWID');
}

function fwidOf(certificate: Certificate): Uint8Array | undefined {
  const composite = certificate.extensions.get(COMPOSITE_DEVICE_ID)?.value;
  const tcbInfo = certificate.extensions.get(TCB_INFO)?.value;
  expect(
    composite === undefined || tcbInfo === undefined,
    'malformed',
    'GPU certificate: two firmware identities',
  );
  if (composite !== undefined) return readCompositeFwid(composite);
  return tcbInfo === undefined ? undefined : readTcbInfoFwid(tcbInfo);
}

/** Reads a GPU's leaf certificate. A switch or any other device under the same root is `not_a_gpu`. */
export function readGpuIdentity(certificate: Certificate): GpuIdentity {
  const name = deviceName(certificate);
  const match = /^NVIDIA:([A-Z0-9]{2,16}):[0-9A-F]{8,64}$/.exec(name);
  const chip = match?.[1] ?? refuse('malformed', 'GPU certificate: device name');
  expect(/^G[A-Z]\d{3}$/.test(chip), 'not_a_gpu', `the device is a ${chip}`);
  return { chip, name, fwid: fwidOf(certificate) };
}
