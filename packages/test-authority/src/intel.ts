import type { AttestationEvidence, IntelCollateral } from '@aivm/core/attestation';
import { concatBytes, hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  type CertificateOptions,
  DAY,
  type ListOptions,
  makeCertificate,
  makeList,
  NOW,
  type TestCertificate,
  toPem,
} from './certificates.ts';
import { integer, octets, oid, sequence } from './der.ts';
import { ecKey, type TestEcKey } from './keys.ts';

const SGX = '1.2.840.113741.1.13.1';
const VENDOR = hexToBytes('939a7233f79c4ca9940a0db3957f0607');
const ROOT_OPTIONS = {
  commonName: 'Test SGX Root',
  key: ecKey('p256', 'intel root'),
  isCa: true,
  keyUsage: 0x06,
} as const;

/** The root that a policy must name for this evidence. */
export const INTEL_TEST_ROOT: TestCertificate = makeCertificate({ ...ROOT_OPTIONS, pathLength: 1 });

/** A JSON document before it is signed; members may be replaced or added. */
export type DocumentPatch = Readonly<Record<string, unknown>>;

export interface IntelTestOptions {
  readonly kind?: 'sgx' | 'tdx';
  readonly version?: 3 | 4 | 5;
  readonly reportData?: Uint8Array;
  /** Bytes written into the quote (offset from its start) before it is signed. */
  readonly patches?: readonly (readonly [offset: number, bytes: Uint8Array])[];
  /** Bytes written into the quoting enclave's report before it is signed. */
  readonly qePatches?: readonly (readonly [offset: number, bytes: Uint8Array])[];
  /** 16 versions of the processor and then PCESVN, as the platform's certificate says. */
  readonly platformSvn?: readonly number[];
  readonly fmspc?: string;
  readonly ppid?: Uint8Array;
  readonly tcbInfo?: DocumentPatch;
  readonly identity?: DocumentPatch;
  readonly pck?: Partial<CertificateOptions>;
  readonly authority?: Partial<CertificateOptions>;
  readonly signer?: Partial<CertificateOptions>;
  readonly root?: Partial<CertificateOptions>;
  readonly rootList?: Partial<ListOptions>;
  readonly platformList?: Partial<ListOptions>;
  /** Key that signs the JSON documents, in place of the signing certificate's. */
  readonly documentKey?: TestEcKey;
  readonly certificationType?: number;
  readonly padding?: Uint8Array;
}

export interface IntelTest {
  readonly evidence: Extract<AttestationEvidence, { kind: 'sgx' | 'tdx' }>;
  readonly collateral: { readonly intel: IntelCollateral };
  readonly pck: TestCertificate;
  readonly authority: TestCertificate;
  readonly signer: TestCertificate;
  readonly root: TestCertificate;
  readonly attestationKey: TestEcKey;
  /** The collateral as the JSON file in which it is exchanged. */
  readonly file: Uint8Array;
}

function platformExtension(options: IntelTestOptions): Uint8Array {
  const svn = options.platformSvn ?? [...new Array<number>(16).fill(5), 11];
  const row = (name: string, value: Uint8Array): Uint8Array => sequence(oid(`${SGX}.${name}`), value);
  return sequence(
    row('1', octets(options.ppid ?? new Uint8Array(16).fill(0xab))),
    row('2', sequence(...svn.map((value, i) => row(`2.${i + 1}`, integer(value))))),
    row('3', octets(Uint8Array.of(0, 0))),
    row('4', octets(hexToBytes(options.fmspc ?? '90c06f000000'))),
  );
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function u32(value: number): Uint8Array {
  return concatBytes(u16(value & 0xffff), u16(value >>> 16));
}

function applyPatches(
  bytes: Uint8Array,
  patches: readonly (readonly [number, Uint8Array])[] = [],
): Uint8Array {
  for (const [offset, patch] of patches) bytes.set(patch, offset);
  return bytes;
}

/** Header and body up to what the attestation key signs. */
function signedPart(options: IntelTestOptions): Uint8Array {
  const { kind = 'tdx', version = kind === 'sgx' ? 3 : 5 } = options;
  const bodySize = kind === 'sgx' ? 384 : version === 5 ? 648 : 584;
  const descriptor =
    version === 5 ? concatBytes(u16(kind === 'sgx' ? 1 : 3), u32(bodySize)) : new Uint8Array();
  const header = concatBytes(
    u16(version),
    u16(2),
    u32(kind === 'sgx' ? 0 : 0x81),
    new Uint8Array(4),
    VENDOR,
    new Uint8Array(20),
  );
  const body = new Uint8Array(bodySize);
  const reportData = options.reportData ?? new Uint8Array(64).fill(0xd2);
  if (kind === 'sgx') {
    body.set([0x05], 48);
    body.fill(0xe1, 64, 96);
    body.fill(0xe2, 128, 160);
    body.set(u16(3), 256);
    body.set(u16(4), 258);
    body.set(reportData, 320);
  } else {
    body.set([6, 1, 3], 0);
    body.set([0, 0, 0, 0x10], 120);
    body.set([0xe7, 0x02, 0x06], 128);
    body.fill(0xe3, 136, 184);
    for (let i = 0; i < 4; i++) body.fill(0xf0 + i, 328 + 48 * i, 376 + 48 * i);
    body.set(reportData, 520);
  }
  return applyPatches(concatBytes(header, descriptor, body), options.patches);
}

const QE_SIGNER = new Uint8Array(32).fill(0x51);

function makeQeReport(options: IntelTestOptions, attestationKey: TestEcKey, auth: Uint8Array): Uint8Array {
  const report = new Uint8Array(384);
  report.set([0x11], 48);
  report.set(QE_SIGNER, 128);
  report.set(u16(options.kind === 'sgx' ? 1 : 2), 256);
  report.set(u16(8), 258);
  report.set(sha256(concatBytes(attestationKey.point.slice(1), auth)), 320);
  return applyPatches(report, options.qePatches);
}

function makeQuote(
  options: IntelTestOptions,
  pck: TestEcKey,
  attestationKey: TestEcKey,
  pem: string,
): Uint8Array {
  const { kind = 'tdx', version = kind === 'sgx' ? 3 : 5, certificationType = 5 } = options;
  const signed = signedPart(options);
  const auth = new Uint8Array(32).fill(7);
  const qeReport = makeQeReport(options, attestationKey, auth);
  const chain = concatBytes(utf8ToBytes(pem), Uint8Array.of(0));
  const certification = concatBytes(
    qeReport,
    pck.signRaw(qeReport),
    u16(auth.length),
    auth,
    u16(certificationType),
    u32(chain.length),
    chain,
  );
  const wrapped =
    version === 3 ? certification : concatBytes(u16(6), u32(certification.length), certification);
  const data = concatBytes(attestationKey.signRaw(signed), attestationKey.point.slice(1), wrapped);
  return concatBytes(signed, u32(data.length), data, options.padding ?? new Uint8Array());
}

const rfc3339 = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '');
const components = (svn: number): readonly object[] => new Array(16).fill({ svn });

function tcbInfoOf(options: IntelTestOptions): object {
  const isTdx = options.kind !== 'sgx';
  const zero48 = '00'.repeat(48);
  const signer = { mrsigner: zero48, attributes: '00'.repeat(8), attributesMask: 'FF'.repeat(8) };
  const level = (svn: number, tcbStatus: string, advisoryIDs: readonly string[]): object => ({
    tcb: {
      sgxtcbcomponents: components(svn),
      pcesvn: 11,
      ...(isTdx ? { tdxtcbcomponents: components(0) } : {}),
    },
    tcbDate: rfc3339(NOW - 100 * DAY),
    tcbStatus,
    ...(advisoryIDs.length > 0 ? { advisoryIDs } : {}),
  });
  const moduleLevel = (isvsvn: number, tcbStatus: string): object => ({ tcb: { isvsvn }, tcbStatus });
  return {
    id: isTdx ? 'TDX' : 'SGX',
    version: 3,
    issueDate: rfc3339(NOW - DAY),
    nextUpdate: rfc3339(NOW + 29 * DAY),
    fmspc: '90C06F000000',
    pceId: '0000',
    tcbType: 0,
    tcbEvaluationDataNumber: 17,
    ...(isTdx
      ? {
          tdxModule: signer,
          tdxModuleIdentities: [
            { id: 'TDX_01', ...signer, tcbLevels: [moduleLevel(6, 'UpToDate'), moduleLevel(2, 'OutOfDate')] },
          ],
        }
      : {}),
    tcbLevels: [
      level(5, 'UpToDate', []),
      level(3, 'SWHardeningNeeded', ['INTEL-SA-1']),
      level(1, 'OutOfDate', []),
    ],
    ...options.tcbInfo,
  };
}

function identityOf(options: IntelTestOptions): object {
  const isTdx = options.kind !== 'sgx';
  return {
    id: isTdx ? 'TD_QE' : 'QE',
    version: 2,
    issueDate: rfc3339(NOW - DAY),
    nextUpdate: rfc3339(NOW + 29 * DAY),
    tcbEvaluationDataNumber: 17,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: '51'.repeat(32),
    isvprodid: isTdx ? 2 : 1,
    tcbLevels: [
      { tcb: { isvsvn: 8 }, tcbStatus: 'UpToDate' },
      { tcb: { isvsvn: 4 }, tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-2'] },
    ],
    ...options.identity,
  };
}

interface Authorities {
  readonly root: TestCertificate;
  readonly authority: TestCertificate;
  readonly signer: TestCertificate;
  readonly pck: TestCertificate;
}

function makeAuthorities(options: IntelTestOptions, pckKey: TestEcKey): Authorities {
  const root =
    options.root === undefined
      ? INTEL_TEST_ROOT
      : makeCertificate({ ...ROOT_OPTIONS, pathLength: 1, ...options.root });
  const authority = makeCertificate({
    commonName: 'Test PCK Authority',
    key: ecKey('p256', 'intel authority'),
    issuer: root,
    isCa: true,
    pathLength: 0,
    keyUsage: 0x06,
    serial: 21,
    ...options.authority,
  });
  const signer = makeCertificate({
    commonName: 'Test TCB Signing',
    key: ecKey('p256', 'intel signer'),
    issuer: root,
    isCa: false,
    keyUsage: 0xc0,
    serial: 22,
    ...options.signer,
  });
  const pck = makeCertificate({
    commonName: 'Test PCK',
    key: pckKey,
    issuer: authority,
    isCa: false,
    keyUsage: 0xc0,
    serial: 23,
    extensions: [[SGX, platformExtension(options)]],
    ...options.pck,
  });
  return { root, authority, signer, pck };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function fileOf({ intel }: IntelTest['collateral']): Uint8Array {
  const { tcbInfo, enclaveIdentity } = intel;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return utf8ToBytes(
    JSON.stringify({
      root_ca_crl: hex(intel.rootList),
      pck_crl: hex(intel.platformList),
      tcb_info: text(tcbInfo.bytes),
      tcb_info_signature: hex(tcbInfo.signature),
      tcb_info_issuer_chain: toPem(tcbInfo.chain),
      qe_identity: text(enclaveIdentity.bytes),
      qe_identity_signature: hex(enclaveIdentity.signature),
      qe_identity_issuer_chain: toPem(enclaveIdentity.chain),
    }),
  );
}

/** A quote with its collateral under a test root. Without options it is TDX 1.5 and up to date. */
export function makeIntel(options: IntelTestOptions = {}): IntelTest {
  const pckKey = ecKey('p256', 'intel pck');
  const attestationKey = ecKey('p256', 'intel attestation key');
  const { root, authority, signer, pck } = makeAuthorities(options, pckKey);
  const documentKey = options.documentKey ?? ecKey('p256', 'intel signer');
  const document = (content: object) => {
    const bytes = utf8ToBytes(JSON.stringify(content));
    return { bytes, signature: documentKey.signRaw(bytes), chain: [signer.der, root.der] };
  };
  const collateral = {
    intel: {
      rootList: makeList({ issuer: root, ...options.rootList }),
      platformList: makeList({ issuer: authority, ...options.platformList }),
      tcbInfo: document(tcbInfoOf(options)),
      enclaveIdentity: document(identityOf(options)),
    },
  };
  const pem = toPem([pck.der, authority.der, root.der]);
  return {
    evidence: { kind: options.kind ?? 'tdx', quote: makeQuote(options, pckKey, attestationKey, pem) },
    collateral,
    pck,
    authority,
    signer,
    root,
    attestationKey,
    file: fileOf(collateral),
  };
}
