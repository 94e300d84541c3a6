import { equalBytes } from '../../bytes/bytes.ts';
import { base64ToBytes } from '../encoding/base64.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect, refuse } from '../refusal.ts';
import type { PublicKey } from '../x509/algorithms.ts';
import { canonicalizeXml } from './canonical.ts';
import { elementsOf, textOf, type XmlElement } from './tree.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const C14N_11 = 'http://www.w3.org/2006/12/xml-c14n11';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const ECDSA_SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384';
const SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384';

/** A document with one enveloped signature over all of it, read but not yet believed. */
export interface SignedXml {
  /** The root without the signature: what the digest covers, and all that may be read. */
  readonly content: XmlElement;
  /** DER certificates, as the signature carries them. */
  readonly certificates: readonly Uint8Array[];
  readonly signedInfo: Uint8Array;
  readonly digest: Uint8Array;
  /** r ‖ s, 96 bytes. */
  readonly signature: Uint8Array;
}

function bytesIn(element: XmlElement): Uint8Array {
  const bytes = base64ToBytes(textOf(element).replace(/[ \t\n\r]+/g, ''));
  return bytes ?? refuse('malformed', `XML signature: base64 in ${element.local}`);
}

/** The children of a signature element: exactly `locals`, in order, all of the signature namespace. */
function childrenOf(parent: XmlElement, locals: readonly string[]): readonly XmlElement[] {
  const children = elementsOf(parent);
  const isExact =
    children.length === locals.length &&
    children.every((child, i) => child.uri === DSIG && child.local === locals[i]);
  expect(isExact, 'malformed', `XML signature: children of ${parent.local}`);
  return children;
}

/** Refuses unless the element has exactly these attributes and nothing inside. */
function assertLeaf(element: XmlElement | undefined, attributes: Readonly<Record<string, string>>): void {
  const isExact =
    element !== undefined &&
    element.children.length === 0 &&
    element.attributes.length === Object.keys(attributes).length &&
    element.attributes.every(({ uri, local, value }) => uri === '' && attributes[local] === value);
  expect(isExact, 'unsupported', `XML signature: ${element?.local ?? 'element'} is not the one that is used`);
}

function assertNoAttributes(...elements: readonly (XmlElement | undefined)[]): void {
  for (const element of elements) {
    expect(element?.attributes.length === 0, 'malformed', `XML signature: attributes of ${element?.local}`);
  }
}

/** Reads SignedInfo: one reference to the whole document, enveloped, canonical XML 1.1, SHA-384. */
function readDigest(signedInfo: XmlElement): Uint8Array {
  const [method, algorithm, reference] = childrenOf(signedInfo, [
    'CanonicalizationMethod',
    'SignatureMethod',
    'Reference',
  ]);
  assertLeaf(method, { Algorithm: C14N_11 });
  assertLeaf(algorithm, { Algorithm: ECDSA_SHA384 });
  if (reference === undefined) refuse('malformed', 'XML signature: no reference');
  const [only] = reference.attributes;
  const isWhole = reference.attributes.length === 1 && only?.name === 'URI' && only.value === '';
  expect(isWhole, 'malformed', 'XML signature: covers a part of the document');
  const [transforms, digestMethod, digestValue] = childrenOf(reference, [
    'Transforms',
    'DigestMethod',
    'DigestValue',
  ]);
  if (transforms === undefined || digestValue === undefined) refuse('malformed', 'XML signature: reference');
  const [enveloped, canonical] = childrenOf(transforms, ['Transform', 'Transform']);
  assertLeaf(enveloped, { Algorithm: ENVELOPED });
  assertLeaf(canonical, { Algorithm: C14N_11 });
  assertLeaf(digestMethod, { Algorithm: SHA384 });
  assertNoAttributes(signedInfo, transforms, digestValue);
  return bytesIn(digestValue);
}

function readCertificates(keyInfo: XmlElement): readonly Uint8Array[] {
  const [data] = childrenOf(keyInfo, ['X509Data']);
  if (data === undefined) refuse('malformed', 'XML signature: no certificates');
  const elements = elementsOf(data);
  const areCertificates = elements.every(({ uri, local }) => uri === DSIG && local === 'X509Certificate');
  expect(areCertificates, 'malformed', 'XML signature: key information');
  assertNoAttributes(keyInfo, data, ...elements);
  return elements.map(bytesIn);
}

function countSignatures(element: XmlElement): number {
  let count = element.uri === DSIG ? 1 : 0;
  for (const child of element.children) if (typeof child !== 'string') count += countSignatures(child);
  return count;
}

/**
 * Takes the one signature out of a document. It must be a direct child of the root, must cover the whole document
 * and must have the fixed structure; nothing else of the signature namespace may occur, so no other content can be
 * passed off as the signed one.
 */
export function readSignedXml(root: XmlElement): SignedXml {
  const element = root.children.find(
    (child): child is XmlElement =>
      typeof child !== 'string' && child.uri === DSIG && child.local === 'Signature',
  );
  if (element === undefined) refuse('malformed', 'XML: no signature');
  const content: XmlElement = { ...root, children: root.children.filter((child) => child !== element) };
  expect(countSignatures(content) === 0, 'malformed', 'XML: parts of another signature');
  const [signedInfo, value, keyInfo] = childrenOf(element, ['SignedInfo', 'SignatureValue', 'KeyInfo']);
  if (signedInfo === undefined || value === undefined || keyInfo === undefined)
    refuse('malformed', 'XML signature');
  assertNoAttributes(element, value);
  const inScope = new Map([...root.namespaces, ...element.namespaces]);
  return {
    content,
    certificates: readCertificates(keyInfo),
    signedInfo: canonicalizeXml(signedInfo, inScope),
    digest: readDigest(signedInfo),
    signature: bytesIn(value),
  };
}

/** Refuses (`signature`) unless the digest is that of the content and `key` signed it. */
export function assertSignedXml(signed: SignedXml, key: PublicKey, primitives: AttestationPrimitives): void {
  const { content, signedInfo: message, digest, signature } = signed;
  if (key.type !== 'ec' || key.curve !== 'p384') refuse('unsupported', 'XML signature: key');
  expect(equalBytes(primitives.sha384(canonicalizeXml(content)), digest), 'signature', 'XML digest');
  const publicKey = key.point;
  const holds = primitives.verifyEcdsa({ curve: 'p384', hash: 'sha384', publicKey, message, signature });
  expect(holds, 'signature', 'XML signature');
}
