import { SaxesParser, type SaxesTagNS } from 'saxes';
import { bytesToUtf8 } from '../../bytes/utf8.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { expect, refuse } from '../refusal.ts';

/** An attribute that is not a namespace declaration. */
export interface XmlAttribute {
  readonly name: string;
  readonly uri: string;
  readonly local: string;
  readonly value: string;
}

/** An element with everything that canonical XML needs: its prefix as written and what it declares. */
export interface XmlElement {
  readonly name: string;
  readonly uri: string;
  readonly local: string;
  readonly attributes: readonly XmlAttribute[];
  /** Declarations on this very element: prefix ('' for the default) → URI. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
}

interface OpenElement extends XmlElement {
  readonly children: (XmlElement | string)[];
}

const DEPTH_MAX = 16;
const ATTRIBUTES_MAX = 64;
/** Of one document. NVIDIA's have about 80 elements and three declarations. */
const ELEMENTS_MAX = 2_048;
const DECLARATIONS_MAX = 64;
const XMLNS_URI = 'http://www.w3.org/2000/xmlns/';
const XML_URI = 'http://www.w3.org/XML/1998/namespace';

function openElement(tag: SaxesTagNS): OpenElement {
  const attributes: XmlAttribute[] = [];
  const namespaces = new Map<string, string>();
  for (const { name, prefix, local, uri, value } of Object.values(tag.attributes)) {
    expect(uri !== XML_URI, 'malformed', `XML: attribute ${name}`);
    if (uri !== XMLNS_URI) attributes.push({ name, uri, local, value });
    else namespaces.set(prefix === '' ? '' : local, value);
  }
  expect(!namespaces.has('xml'), 'malformed', 'XML: the prefix xml is declared');
  expect(
    attributes.length + namespaces.size <= ATTRIBUTES_MAX,
    'too_large',
    `XML: more than ${ATTRIBUTES_MAX} attributes`,
  );
  return { name: tag.name, uri: tag.uri, local: tag.local, attributes, namespaces, children: [] };
}

/** Text runs that the tokenizer splits become one. */
function appendText(children: (XmlElement | string)[], text: string): void {
  const last = children.at(-1);
  if (typeof last === 'string') children[children.length - 1] = last + text;
  else children.push(text);
}

function refuseExotic(parser: SaxesParser<{ xmlns: true }>): void {
  const refuseAs = (what: string) => (): never => refuse('malformed', `XML: ${what}`);
  parser.on('error', (error) => refuse('malformed', `XML: ${error.message}`));
  parser.on('doctype', refuseAs('a document type'));
  parser.on('comment', refuseAs('a comment'));
  parser.on('cdata', refuseAs('a CDATA section'));
  parser.on('processinginstruction', refuseAs('a processing instruction'));
  parser.on('xmldecl', ({ version, encoding }) => {
    const isPlain = version === '1.0' && (encoding === undefined || encoding.toLowerCase() === 'utf-8');
    expect(isPlain, 'unsupported', 'XML: version or encoding');
  });
}

/**
 * The root element of a namespace-aware XML 1.0 document in UTF-8. Document types (and with them entities),
 * comments, CDATA, processing instructions and xml:* attributes are refused: the documents read here never have
 * them, and each has been used to make a verifier and a reader see different documents.
 */
export function parseXml(bytes: Uint8Array, name: string): XmlElement {
  expect(bytes.length <= ATTESTATION_LIMITS.rimBytesMax, 'too_large', name);
  const text = bytesToUtf8(bytes);
  if (text === undefined || text.startsWith('\ufeff')) refuse('malformed', `${name}: not plain UTF-8`);
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    forceXMLVersion: true,
    defaultXMLVersion: '1.0',
  });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elementCount = 0;
  let declarationCount = 0;
  refuseExotic(parser);
  parser.on('opentag', (tag) => {
    expect(open.length < DEPTH_MAX, 'too_large', `XML: more than ${DEPTH_MAX} levels`);
    const element = openElement(tag);
    elementCount += 1;
    declarationCount += element.namespaces.size;
    expect(elementCount <= ELEMENTS_MAX, 'too_large', `XML: more than ${ELEMENTS_MAX} elements`);
    expect(
      declarationCount <= DECLARATIONS_MAX,
      'too_large',
      `XML: more than ${DECLARATIONS_MAX} namespace declarations`,
    );
    if (root === undefined) root = element;
    else open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', (run) => {
    const parent = open.at(-1);
    if (parent !== undefined) appendText(parent.children, run);
  });
  parser.write(text).close();
  return root ?? refuse('malformed', `${name}: no element`);
}

/** Child elements; anything between them but white space is `malformed`. */
export function elementsOf(parent: XmlElement): readonly XmlElement[] {
  const elements: XmlElement[] = [];
  for (const child of parent.children) {
    if (typeof child !== 'string') elements.push(child);
    else expect(/^[ \t\n\r]*$/.test(child), 'malformed', `XML: text in ${parent.local}`);
  }
  return elements;
}

/** The text of an element that has no child elements. */
export function textOf(element: XmlElement): string {
  const [text = '', ...others] = element.children;
  if (typeof text !== 'string' || others.length > 0) refuse('malformed', `XML: elements in ${element.local}`);
  return text;
}

/** Value of an attribute, by namespace and local name. */
export const attributeOf = (element: XmlElement, local: string, uri = ''): string | undefined =>
  element.attributes.find((attribute) => attribute.local === local && attribute.uri === uri)?.value;
