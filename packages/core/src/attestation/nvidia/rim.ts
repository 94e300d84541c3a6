import { hexToBytes } from '../../bytes/hex.ts';
import type { TimeWindow } from '../encoding/time.ts';
import type { VerificationContext } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { rootsOf } from '../policy.ts';
import { expect, refuse } from '../refusal.ts';
import { isPinned } from '../roots.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type CertificateChain, parseChain, verifyChain } from '../x509/chain.ts';
import { assertSignedXml, readSignedXml, type SignedXml } from '../xml/signature.ts';
import { attributeOf, elementsOf, parseXml, type XmlElement } from '../xml/tree.ts';

const SWID = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
const SHA384 = 'http://www.w3.org/2001/04/xmlenc#sha384';
const CHAIN_COUNT = 4;
const INDEX_MAX = 63;
const ALTERNATIVES_MAX = 32;
const TAG_LENGTH_MAX = 128;

/** Signed reference values for one driver or one firmware of one product. */
export interface ReferenceManifest {
  /** Such as "GH100". */
  readonly product: string;
  /** Such as "550.90.07" or "96.00.9F.00.01". */
  readonly version: string;
  /** What the vendor calls this document; boards with one firmware version may have a document each. Empty = nothing. */
  readonly tag: string;
  /** Alternatives (48 bytes each) of every active measurement, by index 0…63. */
  readonly references: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly chain: CertificateChain;
  readonly window: TimeWindow;
}

function attribute(element: XmlElement, local: string, pattern: RegExp): string {
  const value = attributeOf(element, local);
  if (value === undefined || !pattern.test(value)) refuse('malformed', `RIM: ${element.local} ${local}`);
  return value;
}

/** The alternatives of one measurement: exactly as many hashes as it announces, 48 bytes each. */
function readAlternatives(resource: XmlElement): readonly Uint8Array[] {
  const count = Number(attribute(resource, 'alternatives', /^[1-9]\d?$/));
  expect(count <= ALTERNATIVES_MAX, 'too_large', 'RIM: alternatives');
  const hashes = resource.attributes.filter(({ uri }) => uri === SHA384);
  expect(hashes.length === count, 'malformed', 'RIM: number of alternatives');
  return Array.from({ length: count }, (_, i) => {
    const hash = attributeOf(resource, `Hash${i}`, SHA384);
    if (hash === undefined || !/^[0-9a-fA-F]{96}$/.test(hash)) refuse('malformed', `RIM: hash ${i}`);
    return hexToBytes(hash);
  });
}

function readReferences(payload: XmlElement): ReadonlyMap<number, readonly Uint8Array[]> {
  const references = new Map<number, readonly Uint8Array[]>();
  const seen = new Set<number>();
  for (const resource of elementsOf(payload)) {
    const isResource = resource.uri === SWID && resource.local === 'Resource';
    expect(isResource && resource.children.length === 0, 'malformed', 'RIM: payload');
    attribute(resource, 'type', /^Measurement$/);
    attribute(resource, 'size', /^48$/);
    const index = Number(attribute(resource, 'index', /^(?:0|[1-9]\d?)$/));
    expect(index <= INDEX_MAX && !seen.has(index), 'malformed', `RIM: measurement ${index}`);
    seen.add(index);
    const alternatives = readAlternatives(resource);
    if (attribute(resource, 'active', /^(?:True|False)$/) === 'True') references.set(index, alternatives);
  }
  return references;
}

function childOf(root: XmlElement, local: string): XmlElement {
  const [child, ...others] = elementsOf(root).filter(
    (element) => element.uri === SWID && element.local === local,
  );
  if (child === undefined || others.length > 0) refuse('malformed', `RIM: expected one ${local}`);
  return child;
}

function readSigned(bytes: Uint8Array): { readonly xml: SignedXml; readonly chain: CertificateChain } {
  expect(bytes.length <= ATTESTATION_LIMITS.rimBytesMax, 'too_large', 'RIM');
  const xml = readSignedXml(parseXml(bytes, 'RIM'));
  const chain = parseChain(xml.certificates);
  expect(chain.length === CHAIN_COUNT, 'chain', `RIM chain: expected 4 certificates, got ${chain.length}`);
  return { xml, chain };
}

interface ReadManifest {
  readonly product: string;
  readonly version: string;
  readonly tag: string;
  readonly chain: CertificateChain;
}

/** Reads a manifest without believing any of it. */
export function readReferenceManifest(bytes: Uint8Array): ReadManifest {
  const signed = readSigned(bytes);
  return { chain: signed.chain, ...namesIn(signed.xml.content) };
}

function namesIn(content: XmlElement): Pick<ReadManifest, 'product' | 'version' | 'tag'> {
  expect(content.uri === SWID && content.local === 'SoftwareIdentity', 'malformed', 'RIM: root element');
  const meta = childOf(content, 'Meta');
  return {
    product: attribute(meta, 'product', /^[\w-]{1,32}$/),
    version: attribute(meta, 'colloquialVersion', /^[0-9A-Fa-f.]{1,32}$/).toUpperCase(),
    tag: attributeOf(content, 'tagId')?.slice(0, TAG_LENGTH_MAX) ?? '',
  };
}

/** Verifies the signature of a manifest under NVIDIA's root, then reads it; nothing unsigned is believed. */
export function verifyReferenceManifest(bytes: Uint8Array, context: VerificationContext): ReferenceManifest {
  const { xml, chain } = readSigned(bytes);
  const { primitives, policy } = context;
  const roots = rootsOf(policy);
  const isRoot = (certificate: Certificate): boolean =>
    isPinned(certificate, 'nvidia-rim', { roots, primitives });
  const window = verifyChain({ chain, primitives, isRoot, isWholeRootPinned: false, name: 'RIM chain' });
  assertSignedXml(xml, chain[0].publicKey, primitives);
  const { content } = xml;
  return { ...namesIn(content), references: readReferences(childOf(content, 'Payload')), chain, window };
}
