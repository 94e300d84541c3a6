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
const POLICY_ONES = 1n << 17n;
/** Bits 26…63 mean nothing yet. */
const POLICY_BITS_MAX = 1n << 26n;
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
  /** As the guest's owner signed it off: bits of the policy, with the least firmware API in the low 16. */
  readonly guestPolicy: bigint;
  readonly currentApi: { readonly major: number; readonly minor: number };
  readonly vmpl: number;
  readonly keyKind: SnpKeyKind;
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array;
  readonly idKeyDigest: Uint8Array;
  /** 8 bytes of bits, such as hyperthreading and checked memory. */
  readonly platformInfo: Uint8Array;
  readonly reportedTcb: Uint8Array;
  readonly currentTcb: Uint8Array;
  readonly committedTcb: Uint8Array;
  readonly launchTcb: Uint8Array;
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

/** Bytes that mean nothing in a version; firmware writes zeros. */
const RESERVED: Readonly<Record<number, readonly (readonly [from: number, to: number])[]>> = {
  2: [
    [0x4c, 0x50],
    [0x188, 0x1a0],
    [0x1eb, 0x1ec],
    [0x1ef, 0x1f0],
    [0x1f8, 0x2a0],
  ],
  3: [
    [0x4c, 0x50],
    [0x18b, 0x1a0],
    [0x1eb, 0x1ec],
    [0x1ef, 0x1f0],
    [0x1f8, 0x2a0],
  ],
  // Two vectors of mitigations, at launch and now.
  5: [
    [0x4c, 0x50],
    [0x18b, 0x1a0],
    [0x1eb, 0x1ec],
    [0x1ef, 0x1f0],
    [0x208, 0x2a0],
  ],
};

function assertReserved(bytes: Uint8Array, version: number, guestPolicy: bigint): void {
  const used = RESERVED[version]?.find(([from, to]) => !isZeroBytes(bytes.subarray(from, to)));
  expect(used === undefined, 'malformed', `report: reserved bytes at 0x${used?.[0].toString(16)}`);
  const isPolicy = (guestPolicy & POLICY_ONES) !== 0n && guestPolicy < POLICY_BITS_MAX;
  expect(isPolicy, 'malformed', `report: reserved bits of the guest policy 0x${guestPolicy.toString(16)}`);
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
  assertReserved(bytes, version, guestPolicy);
  return {
    version,
    guestSvn: view.u32(4),
    isDebug: (guestPolicy & POLICY_DEBUG) !== 0n,
    allowsMigrationAgent: (guestPolicy & POLICY_MIGRATION_AGENT) !== 0n,
    guestPolicy,
    currentApi: { minor: view.u8(0x1e9), major: view.u8(0x1ea) },
    vmpl,
    keyKind: keyKindOf(view.u32(0x48)),
    reportData: view.slice(0x50, 64),
    measurement: view.slice(0x90, 48),
    hostData: view.slice(0xc0, 32),
    idKeyDigest: view.slice(0xe0, 48),
    platformInfo: view.slice(0x40, 8),
    reportedTcb: view.slice(0x180, 8),
    currentTcb: view.slice(0x38, 8),
    committedTcb: view.slice(0x1e0, 8),
    launchTcb: view.slice(0x1f0, 8),
    product,
    chipId: view.slice(0x1a0, 64),
    signedBytes: bytes.subarray(0, SIGNED_BYTES),
    signature: concatBytes(scalarOf(r), scalarOf(s)),
  };
}
