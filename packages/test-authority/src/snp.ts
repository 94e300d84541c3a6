import type { AttestationEvidence } from '@aivm/core/attestation';
import { concatBytes } from '@aivm/core/bytes';
import {
  type CertificateOptions,
  makeCertificate,
  type TestCertificate,
  type TestExtension,
} from './certificates.ts';
import { ia5, integer } from './der.ts';
import { ecKey, rsaKey, type TestEcKey } from './keys.ts';

const AMD = '1.3.6.1.4.1.3704.1';
/** Where a report says the current, reported, committed and launch level. */
const TCB_OFFSETS = [0x38, 0x180, 0x1e0, 0x1f0];
const MODELS = { Milan: [0x19, 0x01], Genoa: [0x19, 0x11], Turin: [0x1a, 0x02] } as const;

export type Product = keyof typeof MODELS;

export interface SnpTestOptions {
  readonly product?: Product;
  readonly version?: 2 | 3 | 5;
  readonly keyKind?: 'vcek' | 'vlek';
  /** What the certificate says: FMC, boot loader, TEE, SNP, microcode. */
  readonly tcb?: readonly [number, number, number, number, number];
  /** What the report says, when it should differ. */
  readonly reportedTcb?: readonly [number, number, number, number, number];
  readonly hardwareId?: Uint8Array;
  readonly chipId?: Uint8Array;
  readonly reportData?: Uint8Array;
  readonly vmpl?: number;
  readonly guestPolicy?: bigint;
  /** Bytes written into the report before it is signed. */
  readonly patches?: readonly (readonly [offset: number, bytes: Uint8Array])[];
  readonly leaf?: Partial<CertificateOptions>;
  /** A certificate that was made before, for the same chip and firmware: signing one costs more than a report. */
  readonly leafCertificate?: TestCertificate;
  readonly authority?: Partial<CertificateOptions>;
  readonly root?: Partial<CertificateOptions>;
  /** Who issues, in place of the authorities that live around {@link NOW}. */
  readonly issuers?: SnpIssuers;
  readonly leafExtensions?: (extensions: readonly TestExtension[]) => readonly TestExtension[];
}

/** An authority and the root above it. */
export interface SnpIssuers {
  readonly authority: TestCertificate;
  readonly root: TestCertificate;
}

export interface SnpTest {
  readonly evidence: Extract<AttestationEvidence, { kind: 'snp' }>;
  readonly leaf: TestCertificate;
  readonly authority: TestCertificate;
  readonly root: TestCertificate;
  readonly key: TestEcKey;
}

/** Firmware parts of the test chips: FMC, boot loader, TEE, SNP, microcode. */
const TCB = [1, 2, 3, 24, 5] as const;

const ROOT_OPTIONS = { commonName: 'ARK-Test', key: rsaKey(0), isCa: true, keyUsage: 0x04 } as const;
const ROOT = makeCertificate(ROOT_OPTIONS);
const AUTHORITY_OPTIONS = {
  commonName: 'SEV-Test',
  key: rsaKey(1),
  issuer: ROOT,
  isCa: true,
  pathLength: 0,
  keyUsage: 0x04,
  serial: 65_537,
} as const;
const AUTHORITY = makeCertificate(AUTHORITY_OPTIONS);

/** The root that a policy must name for this evidence. */
export const SNP_TEST_ROOT: TestCertificate = ROOT;

/** Authorities that count between two times (Unix seconds); other times make another root. */
export function makeSnpIssuers(time: { readonly from: number; readonly until: number }): SnpIssuers {
  const root = makeCertificate({ ...ROOT_OPTIONS, ...time });
  return { root, authority: makeCertificate({ ...AUTHORITY_OPTIONS, issuer: root, ...time }) };
}

function tcbBytes([fmc, boot, tee, snp, microcode]: readonly number[], product: Product): Uint8Array {
  const turin = [fmc, boot, tee, snp, 0, 0, 0, microcode];
  const others = [boot, tee, 0, 0, 0, 0, snp, microcode];
  return Uint8Array.from((product === 'Turin' ? turin : others).map((part) => part ?? 0));
}

function extensionsOf(options: SnpTestOptions, hardwareId: Uint8Array): readonly TestExtension[] {
  const { product = 'Genoa', keyKind = 'vcek', tcb = TCB } = options;
  const names = ['3.9', '3.1', '3.2', '3.3', '3.8'];
  const versions = names.map((name, i): TestExtension => [`${AMD}.${name}`, integer(tcb[i] ?? 0)]);
  const extensions: readonly TestExtension[] = [
    [`${AMD}.2`, ia5(product)],
    ...(product === 'Turin' ? versions : versions.slice(1)),
    keyKind === 'vcek' ? [`${AMD}.4`, hardwareId] : [`${AMD}.5`, ia5('CN=cloud.example')],
  ];
  return options.leafExtensions?.(extensions) ?? extensions;
}

function littleEndian(scalar: Uint8Array): Uint8Array {
  return concatBytes(scalar.slice().reverse(), new Uint8Array(24));
}

/** Puts r ‖ s (96 bytes, big-endian) into a report. */
export function withSignature(report: Uint8Array, raw: Uint8Array): Uint8Array {
  const signed = report.slice();
  signed.set(littleEndian(raw.slice(0, 48)), 0x2a0);
  signed.set(littleEndian(raw.slice(48)), 0x2e8);
  return signed;
}

function makeReport(options: SnpTestOptions, hardwareId: Uint8Array, key: TestEcKey): Uint8Array {
  const { product = 'Genoa', version = 3, keyKind = 'vcek', tcb = TCB } = options;
  const report = new Uint8Array(0x4a0);
  const view = new DataView(report.buffer);
  view.setUint32(0, version, true);
  view.setUint32(4, 9, true);
  view.setBigUint64(8, options.guestPolicy ?? 0x30000n, true);
  view.setUint32(0x30, options.vmpl ?? 0, true);
  view.setUint32(0x34, 1, true);
  view.setUint32(0x48, keyKind === 'vcek' ? 0 : 4, true);
  report.set(options.reportData ?? new Uint8Array(64).fill(0xd1), 0x50);
  report.set(new Uint8Array(48).fill(0x4d), 0x90);
  report.set(new Uint8Array(48).fill(0x1d), 0xe0);
  const level = tcbBytes(options.reportedTcb ?? tcb, product);
  for (const offset of TCB_OFFSETS) report.set(level, offset);
  if (version > 2) report.set(MODELS[product], 0x188);
  report.set(options.chipId ?? (keyKind === 'vcek' ? hardwareId : new Uint8Array(64)), 0x1a0);
  for (const [offset, bytes] of options.patches ?? []) report.set(bytes, offset);
  return withSignature(report, key.signRaw(report.slice(0, 0x2a0)));
}

function issuersOf(options: SnpTestOptions): SnpIssuers {
  const root = options.root === undefined ? ROOT : makeCertificate({ ...ROOT_OPTIONS, ...options.root });
  const isUsual = options.root === undefined && options.authority === undefined;
  if (isUsual) return { root, authority: AUTHORITY };
  return { root, authority: makeCertificate({ ...AUTHORITY_OPTIONS, issuer: root, ...options.authority }) };
}

/** A report under a test root. Without options it is one that the default policy accepts. */
export function makeSnp(options: SnpTestOptions = {}): SnpTest {
  const { product = 'Genoa' } = options;
  const hardwareId = options.hardwareId ?? new Uint8Array(product === 'Turin' ? 8 : 64).fill(0xc1);
  const key = ecKey('p384', 'snp leaf');
  const { root, authority } = options.issuers ?? issuersOf(options);
  const leaf =
    options.leafCertificate ??
    makeCertificate({
      commonName: 'SEV-Leaf',
      key,
      issuer: authority,
      extensions: extensionsOf(options, hardwareId),
      ...options.leaf,
    });
  const report = makeReport(options, hardwareId, key);
  return {
    evidence: { kind: 'snp', report, chain: [leaf.der, authority.der, root.der] },
    leaf,
    authority,
    root,
    key,
  };
}
