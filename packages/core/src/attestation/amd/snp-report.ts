import { concatBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { viewBytes } from '../bytes-view.ts';
import { expect } from '../refusal.ts';
import { productOfModel, type SnpProduct } from './snp-tcb.ts';

/** Bytes of an attestation report. */
export const SNP_REPORT_BYTES = 0x4a0;

const SIGNED_BYTES = 0x2a0;
const SIGNATURE_PART_BYTES = 72;
const SCALAR_BYTES = 48;
const ECDSA_P384_SHA384 = 1;
const VERSIONS = [2, 3, 5];
const POLICY_DEBUG = 1n << 19n;
const POLICY_MIGRATION_AGENT = 1n << 18n;

/** Which key signed a report: the chip's own, or one that a cloud loaded. */
export type SnpKeyKind = 'vcek' | 'vlek';

/** The fields of a report that a verifier looks at. */
export interface SnpReport {
  readonly version: number;
  readonly guestSvn: number;
  readonly isDebug: boolean;
  readonly allowsMigrationAgent: boolean;
  readonly vmpl: number;
  readonly keyKind: SnpKeyKind;
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array;
  readonly idKeyDigest: Uint8Array;
  readonly reportedTcb: Uint8Array;
  /** The generation by processor family and model; version 2 does not say it. */
  readonly product: SnpProduct | undefined;
  readonly chipId: Uint8Array;
  readonly signedBytes: Uint8Array;
  /** r ‖ s, big-endian, 96 bytes. */
  readonly signature: Uint8Array;
}

/** A signature half: 72 bytes little-endian with 24 zero bytes at the end → 48 bytes big-endian. */
function scalarOf(part: Uint8Array): Uint8Array {
  expect(isZeroBytes(part.subarray(SCALAR_BYTES)), 'malformed', 'report: signature half above 384 bits');
  return part.slice(0, SCALAR_BYTES).reverse();
}

function keyKindOf(keyInfo: number): SnpKeyKind {
  expect(keyInfo >>> 5 === 0, 'malformed', 'report: reserved key information');
  const kind = (keyInfo >> 2) & 7;
  expect(kind <= 1, 'unsupported', `report: signing key ${kind}`);
  return kind === 0 ? 'vcek' : 'vlek';
}

/** Reads a report of version 2, 3 or 5: exactly 1,184 bytes, nothing but zeros behind the signature. */
export function parseSnpReport(bytes: Uint8Array): SnpReport {
  expect(bytes.length === SNP_REPORT_BYTES, 'malformed', `report: expected 1184 bytes, got ${bytes.length}`);
  const view = viewBytes(bytes, 'report');
  const version = view.u32(0);
  expect(VERSIONS.includes(version), 'unsupported', `report version ${version}`);
  expect(view.u32(0x34) === ECDSA_P384_SHA384, 'unsupported', 'report: signature algorithm');
  const r = view.slice(SIGNED_BYTES, SIGNATURE_PART_BYTES);
  const s = view.slice(SIGNED_BYTES + SIGNATURE_PART_BYTES, SIGNATURE_PART_BYTES);
  const rest = bytes.subarray(SIGNED_BYTES + 2 * SIGNATURE_PART_BYTES);
  expect(isZeroBytes(rest), 'malformed', 'report: bytes behind the signature');
  const guestPolicy = view.u64(8);
  const product = version === 2 ? undefined : productOfModel(view.u8(0x188), view.u8(0x189));
  expect(version === 2 || product !== undefined, 'unsupported', 'report: unknown processor model');
  const vmpl = view.u32(0x30);
  expect(vmpl <= 3, 'malformed', 'report: privilege level');
  return {
    version,
    guestSvn: view.u32(4),
    isDebug: (guestPolicy & POLICY_DEBUG) !== 0n,
    allowsMigrationAgent: (guestPolicy & POLICY_MIGRATION_AGENT) !== 0n,
    vmpl,
    keyKind: keyKindOf(view.u32(0x48)),
    reportData: view.slice(0x50, 64),
    measurement: view.slice(0x90, 48),
    hostData: view.slice(0xc0, 32),
    idKeyDigest: view.slice(0xe0, 48),
    reportedTcb: view.slice(0x180, 8),
    product,
    chipId: view.slice(0x1a0, 64),
    signedBytes: bytes.subarray(0, SIGNED_BYTES),
    signature: concatBytes(scalarOf(r), scalarOf(s)),
  };
}
