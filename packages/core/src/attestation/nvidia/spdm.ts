import { bytesToHex } from '../../bytes/hex.ts';
import { type BytesView, viewBytes } from '../bytes-view.ts';
import { expect, refuse } from '../refusal.ts';

const REQUEST_BYTES = 37;
const SIGNATURE_BYTES = 96;
const SPDM_1_1 = 0x11;
const GET_MEASUREMENTS = 0xe0;
const MEASUREMENTS = 0x60;
const ALL_BLOCKS = 0xff;
const BLOCK_COUNT = 64;
const BLOCK_VALUE_BYTES = 48;
const BLOCK_HEADER_BYTES = 4;
const DMTF_MEASUREMENT = 1;

/** Types of the opaque fields that are looked at. */
const FIELD = { driver: 3, vbios: 6, nvdec0: 11, fwid: 20, feature: 36 } as const;
const NVDEC_DISABLED = 0x55;
const FEATURES = ['single GPU', 'multi GPU', 'protected PCIe'] as const;

/** A GPU's answer to one request for all its measurements, read but not yet believed. */
export interface SpdmReport {
  /** 32 bytes that the requester chose. */
  readonly nonce: Uint8Array;
  /** 64 values of 48 bytes; block i + 1 at position i. */
  readonly measurements: readonly Uint8Array[];
  /** The measurement record as it was signed. */
  readonly record: Uint8Array;
  readonly driverVersion: string;
  /** Such as "96.00.9F.00.01". */
  readonly vbiosVersion: string;
  /** Whether the first video decoder is off; then its measurement means nothing. */
  readonly isNvdec0Disabled: boolean;
  /** Identity of the firmware that holds the key; older reports do not say it. */
  readonly fwid: Uint8Array | undefined;
  /** Mode of confidential computing, where the report says it. */
  readonly feature: (typeof FEATURES)[number] | undefined;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

function assertHeaders(view: BytesView): void {
  const request = [view.u8(0), view.u8(1), view.u8(2), view.u8(3)];
  const isRequest = request[0] === SPDM_1_1 && request[1] === GET_MEASUREMENTS && request[2] === 1;
  expect(
    isRequest && request[3] === ALL_BLOCKS,
    'unsupported',
    'SPDM: not a request for all signed measurements',
  );
  const isResponse = view.u8(REQUEST_BYTES) === SPDM_1_1 && view.u8(REQUEST_BYTES + 1) === MEASUREMENTS;
  expect(isResponse, 'unsupported', 'SPDM: not a measurements response of version 1.1');
}

function readMeasurements(record: Uint8Array, count: number): readonly Uint8Array[] {
  expect(count === BLOCK_COUNT, 'malformed', `SPDM: ${count} measurement blocks`);
  const view = viewBytes(record, 'SPDM record');
  const size = BLOCK_HEADER_BYTES + 3 + BLOCK_VALUE_BYTES;
  expect(record.length === count * size, 'malformed', 'SPDM: size of the measurement record');
  return Array.from({ length: count }, (_, i) => {
    const at = i * size;
    const isBlock =
      view.u8(at) === i + 1 &&
      view.u8(at + 1) === DMTF_MEASUREMENT &&
      view.u16(at + 2) === size - BLOCK_HEADER_BYTES &&
      view.u16(at + 5) === BLOCK_VALUE_BYTES;
    expect(isBlock, 'malformed', `SPDM: measurement block ${i + 1}`);
    return view.slice(at + 7, BLOCK_VALUE_BYTES);
  });
}

function readFields(opaque: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const view = viewBytes(opaque, 'SPDM opaque data');
  const fields = new Map<number, Uint8Array>();
  for (let offset = 0; offset < opaque.length; ) {
    const type = view.u16(offset);
    const size = view.u16(offset + 2);
    expect(!fields.has(type), 'malformed', `SPDM: field ${type} occurs twice`);
    fields.set(type, view.slice(offset + 4, size));
    offset += 4 + size;
  }
  return fields;
}

function versionText(field: Uint8Array | undefined): string {
  const text = String.fromCharCode(...(field ?? []).slice(0, 64)).replace(/\0+$/, '');
  expect(/^[0-9]+(?:\.[0-9]+)+$/.test(text), 'malformed', 'SPDM: driver version');
  return text;
}

/** Eight bytes, little-endian: digits 8…16 of the number in hex, then 6…8, in dotted pairs. */
function vbiosText(field: Uint8Array | undefined): string {
  if (field?.length !== 8) refuse('malformed', 'SPDM: firmware version');
  const digits = bytesToHex(field.slice().reverse()).toUpperCase();
  return `${digits.slice(8, 16)}${digits.slice(6, 8)}`.replace(/..(?=.)/g, '$&.');
}

function featureOf(field: Uint8Array | undefined): SpdmReport['feature'] {
  if (field === undefined) return undefined;
  const value = field.reduceRight((sum, byte) => sum * 256 + byte, 0);
  expect(field.length >= 1 && field.length <= 4, 'malformed', 'SPDM: feature');
  return FEATURES[value] ?? refuse('unsupported', `SPDM: feature ${value}`);
}

/** Reads request and response as NVIDIA's tools store them, one behind the other, SPDM 1.1. */
export function parseSpdmReport(bytes: Uint8Array): SpdmReport {
  const view = viewBytes(bytes, 'SPDM report');
  assertHeaders(view);
  const recordAt = REQUEST_BYTES + 8;
  const recordSize = view.u16(REQUEST_BYTES + 5) + view.u8(REQUEST_BYTES + 7) * 65_536;
  const record = view.slice(recordAt, recordSize);
  const opaqueAt = recordAt + recordSize + 32 + 2;
  const opaqueSize = view.u16(opaqueAt - 2);
  const signatureAt = opaqueAt + opaqueSize;
  const signature = view.slice(signatureAt, SIGNATURE_BYTES);
  expect(bytes.length === signatureAt + SIGNATURE_BYTES, 'malformed', 'SPDM: trailing bytes');
  const fields = readFields(view.slice(opaqueAt, opaqueSize));
  const fwid = fields.get(FIELD.fwid);
  expect(fwid === undefined || fwid.length === 48, 'malformed', 'SPDM: firmware identity');
  return {
    nonce: view.slice(4, 32),
    measurements: readMeasurements(record, view.u8(REQUEST_BYTES + 4)),
    record,
    driverVersion: versionText(fields.get(FIELD.driver)),
    vbiosVersion: vbiosText(fields.get(FIELD.vbios)),
    isNvdec0Disabled: fields.get(FIELD.nvdec0)?.[0] === NVDEC_DISABLED,
    fwid,
    feature: featureOf(fields.get(FIELD.feature)),
    signedBytes: bytes.subarray(0, signatureAt),
    signature,
  };
}
