import {
  type AttestationEvidence,
  type AttestationPrimitives,
  attestationWork,
  type VendorDocument,
  vendorDocumentWork,
  verifyAttestation,
  verifyVendorDocument,
} from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import { makeList, NOW } from './certificates.ts';
import { makeIntel } from './intel.ts';
import { makeGpu, NVIDIA_DEVICE_ROOT } from './nvidia.ts';
import { makeStatusResponse } from './ocsp.ts';
import { TEST_POLICY } from './policy.ts';
import { makeRim, makeRims } from './rim.ts';
import { makeSnp } from './snp.ts';
import { makeSoftware } from './software.ts';

/** The dearest input of one operation, for comparison with what a chain charges for it. */
export interface WorstCase {
  readonly name: string;
  /** What is charged, microseconds of the portable primitives. */
  readonly work: number;
  /** Bytes of XML and of everything else in it. */
  readonly bytes: { readonly xml: number; readonly der: number };
  /** The code of the verdict. */
  verify(primitives: AttestationPrimitives): string;
}

type Collateral = Parameters<typeof verifyAttestation>[1];

const MANIFEST_BYTES_MAX = 65_536;
const LIST_BYTES_MAX = 131_072;
const LETTERS = 'abcdefgh';

/** Elements with as many attributes as one may have, in canonical form: the dearest XML for its size. */
function crowdedElements(size: number): string {
  const names = [...LETTERS].flatMap((left) => [...LETTERS].map((right) => left + right));
  const element = `<a ${names.map((name) => `${name}=""`).join(' ')}></a>`;
  return element.repeat(Math.floor(size / element.length));
}

/** A manifest of the largest size whose signatures hold. */
export function makeLargeManifest(): Uint8Array {
  const plain = makeRim();
  const room = MANIFEST_BYTES_MAX - plain.length;
  return makeRim({ content: (text) => text.replace('<Payload>', `${crowdedElements(room)}<Payload>`) });
}

/** A list of NVIDIA's test root that is as long as a list may be. */
export function makeLargeList(): Uint8Array {
  const entryBytes = 23;
  const count = Math.floor((LIST_BYTES_MAX - 400) / entryBytes);
  return makeList({
    issuer: NVIDIA_DEVICE_ROOT,
    revoked: Array.from({ length: count }, (_, i) => 10_000 + i),
  });
}

const sum = (parts: readonly Uint8Array[]): number => parts.reduce((bytes, part) => bytes + part.length, 0);

function evidenceCase(
  name: string,
  evidence: AttestationEvidence,
  collateral: Collateral,
  der: readonly Uint8Array[],
): WorstCase {
  return {
    name,
    work: attestationWork(evidence, collateral),
    bytes: { xml: sum(collateral.rims ?? []), der: sum(der) },
    verify: (primitives) =>
      verifyAttestation(evidence, collateral, { now: NOW, policy: TEST_POLICY, primitives }).code,
  };
}

function documentCase(name: string, document: VendorDocument): WorstCase {
  const isManifest = document.kind === 'manifest';
  const [body, chain] =
    document.kind === 'manifest'
      ? [document.manifest, []]
      : document.kind === 'revocationList'
        ? [document.list, document.chain]
        : [document.document.bytes, document.document.chain];
  return {
    name,
    work: vendorDocumentWork(document.kind, { body, chain }),
    bytes: { xml: isManifest ? body.length : 0, der: isManifest ? 0 : sum([body, ...chain]) },
    verify: (primitives) =>
      verifyVendorDocument(document, { now: NOW, policy: TEST_POLICY, primitives }).code,
  };
}

/** The worst case of everything that a chain verifies; each passes every signature check. */
export function makeWorstCases(): readonly WorstCase[] {
  const snp = makeSnp();
  const amdLists = [snp.root, snp.authority].map((issuer) => makeList({ issuer }));
  const tdx = makeIntel();
  const { rootList, platformList, tcbInfo, enclaveIdentity } = tdx.collateral.intel;
  const quote = (tdx.evidence as { readonly quote: Uint8Array }).quote;
  const documents = [tcbInfo, enclaveIdentity].map(({ bytes }) => bytes);
  const gpus = Array.from({ length: 8 }, (_, i) => makeGpu({ device: `worst ${i}` }).gpu);
  const gpuLists = [makeList({ issuer: NVIDIA_DEVICE_ROOT })];
  const gpuBytes = [...gpus.flatMap(({ report, chain }) => [report, ...chain]), ...gpuLists];
  const gpu = makeGpu();
  const [, , provisioner, identity] = gpu.certificates;
  const issuers = [provisioner, identity, NVIDIA_DEVICE_ROOT].filter((issuer) => issuer !== undefined);
  const responses = issuers.map((issuer, i) => makeStatusResponse({ issuer, serial: 32 - i }));
  const snpBytes = [snp.evidence.report, ...snp.evidence.chain, ...amdLists];
  return [
    evidenceCase('snp', snp.evidence, { lists: amdLists }, snpBytes),
    evidenceCase('tdx', tdx.evidence, tdx.collateral, [quote, rootList, platformList, ...documents]),
    evidenceCase('8 GPUs', { kind: 'nvidia', gpus }, { rims: makeRims(), lists: gpuLists }, gpuBytes),
    evidenceCase('GPU with responses', { kind: 'nvidia', gpus: [gpu.gpu] }, { rims: makeRims(), responses }, [
      gpu.gpu.report,
      ...gpu.gpu.chain,
      ...responses,
    ]),
    evidenceCase('ed25519', makeSoftware(), {}, []),
    evidenceCase('secp256k1', makeSoftware('secp256k1'), {}, []),
    documentCase('large manifest', { kind: 'manifest', manifest: makeLargeManifest() }),
    documentCase('large list', {
      kind: 'revocationList',
      list: makeLargeList(),
      chain: [NVIDIA_DEVICE_ROOT.der],
    }),
    documentCase('TCB info', { kind: 'tcbInfo', document: tcbInfo }),
    documentCase('enclave identity', { kind: 'enclaveIdentity', document: enclaveIdentity }),
  ];
}

/** A manifest that makes a copying canonicalizer copy: many declarations in scope of many elements. */
export function makeScopedManifest(elementCount: number, declarationCount: number): Uint8Array {
  const scope = Array.from({ length: declarationCount }, (_, i) => ` xmlns:n${i}="u${i}"`).join('');
  const text = new TextDecoder().decode(makeRim());
  const elements = '<a/>'.repeat(elementCount);
  return utf8ToBytes(
    text
      .replace('<SoftwareIdentity', `<SoftwareIdentity${scope}`)
      .replace('<Payload>', `${elements}<Payload>`),
  );
}
